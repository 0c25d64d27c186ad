"""Dates as they come, and as we write them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.dates import format_date, parse_date

VECTORS = json.loads((Path(__file__).parents[1] / "data/imap/message-date.json").read_text("utf-8"))


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["date"])
def test_vectors(row: dict[str, object]) -> None:
    found = parse_date(str(row["date"]).encode())
    assert (found and (found.unix, found.offset_minutes)) == (
        None if row["unix"] is None else (row["unix"], row["offset_minutes"])
    )


@pytest.mark.threat("M10")
@pytest.mark.parametrize(
    ("text", "unix"),
    [
        (b"Fri, 21 Nov 1997 09:55:06 -0600", 880127706),
        (b"21 Nov 97 09:55:06 GMT", 880106106),
        (b"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706),
        (b"Thu,\r\n\t13 Feb 1969 23:32 -0330", -27723480),
        (b"21 Nov 1997 09:55:06 EST", 880124106),
        (b"21 Nov 1997 09:55:06 QQQ", 880106106),
        (b"21 Nov 0000 09:55:06 +0000", None),
        (b"21 Nov 99999 09:55:06 +0000", None),
        (b"21 Nov 1997 09:55:06 +9999", None),
        (b"21 Nov 1997 09:55:06 +2400", None),
        (b"32 Nov 1997 09:55:06 +0000", None),
        (b"30 Feb 1997 09:55:06 +0000", None),
        (b"21 Xyz 1997 09:55:06 +0000", None),
        (b"21 Nov 1997 25:55:06 +0000", None),
        (b"21 Nov 1997 09:55:61 +0000", None),
        (b"", None),
        (b"x" * 100_000, None),
        (b"(" * 100_000, None),
        (b" " * 100_000 + b"21 Nov 1997 09:55:06", None),
    ],
)
def test_odd_dates(text: bytes, unix: int | None) -> None:
    found = parse_date(text)
    assert (found and found.unix) == unix


@given(st.integers(-2_000_000_000, 200_000_000_000), st.integers(-14 * 60, 14 * 60))
def test_what_is_written_is_read(unix: int, offset: int) -> None:
    assert parse_date(format_date(unix, offset).encode()) == (unix, offset)


@given(st.binary(max_size=250))
def test_no_octets_raise(octets: bytes) -> None:
    parse_date(octets)


def test_format() -> None:
    assert format_date(1_795_509_000) == "Tue, 24 Nov 2026 08:30:00 +0000"
    assert format_date(0, -570) == "Wed, 31 Dec 1969 14:30:00 -0930"
