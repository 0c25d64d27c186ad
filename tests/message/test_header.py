"""Fields as octets: nothing is changed, nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.errors import BadMessage
from mailsuite.message.header import (
    _finder,
    check_limits,
    fields,
    first,
    header_length,
    omit_fields,
    raw_fields,
    select_fields,
    split_message,
    unfold,
)

HEADER = b"From: a@b\r\nSubject: one\r\n two\r\nX-Y : z\r\nno field\r\nsubject: again\r\n\r\n"


def test_fields_are_selected_in_any_case_with_their_folding() -> None:
    assert select_fields(HEADER, [b"SUBJECT"]) == (
        b"Subject: one\r\n two\r\nsubject: again\r\n\r\n"
    )
    assert select_fields(HEADER, [b"nothing"]) == b"\r\n"
    assert select_fields(HEADER, [b"x-y"]) == b"X-Y : z\r\n\r\n"


def test_the_others_are_what_is_left() -> None:
    assert omit_fields(HEADER, [b"subject", b"x-y"]) == b"From: a@b\r\nno field\r\n\r\n"
    assert omit_fields(HEADER, []) == HEADER


@pytest.mark.threat("M8")
def test_the_first_of_doubled_fields_counts() -> None:
    assert first(HEADER, b"Subject") == b"one two"
    assert first(HEADER, b"To") is None


def test_unfolding_takes_the_line_end_alone() -> None:
    assert unfold(b" a\r\n\tb\r\n  c \r\n") == b"a\tb  c"


@pytest.mark.parametrize(
    ("octets", "header"),
    [
        (b"\r\nbody", b"\r\n"),
        (b"A: b\r\n\r\nbody", b"A: b\r\n\r\n"),
        (b"A: b\r\n", b"A: b\r\n"),
        (b"A: b\n\nbody", b"A: b\n\nbody"),
        (b"", b""),
    ],
)
@pytest.mark.threat("M9")
def test_only_an_empty_line_of_crlf_ends_the_header(octets: bytes, header: bytes) -> None:
    assert split_message(octets)[0] == header
    assert b"".join(split_message(octets)) == octets


@pytest.mark.threat("S14")
def test_too_large_a_header_is_refused() -> None:
    check_limits(b"A: " + b"b" * 1000 + b"\r\n\r\n", octets=2000, field_octets=1500)
    with pytest.raises(BadMessage):
        check_limits(b"A: " + b"b" * 1000 + b"\r\n\r\n", octets=1000)
    with pytest.raises(BadMessage):
        check_limits(b"B: c\r\nA: " + b"b" * 1000 + b"\r\n\r\n", octets=2000, field_octets=1000)
    # Folding makes no field smaller.
    with pytest.raises(BadMessage):
        check_limits(b"A: b\r\n" + b" c\r\n" * 300 + b"\r\n", octets=2000, field_octets=1000)
    with pytest.raises(BadMessage):
        check_limits(b"A: b\r\n" * (1024 * 1024))


@pytest.mark.threat("S15")
def test_too_many_lines_are_refused() -> None:
    check_limits(b"A: b\r\n" * 10_000)
    with pytest.raises(BadMessage):
        check_limits(b"A: b\r\n" * 10_001)


PIECES = st.sampled_from([b"A", b":", b" ", b"\t", b"\r\n", b"\r", b"\n", b"x", b"\xff", b"\0"])


@given(st.lists(PIECES, max_size=60).map(b"".join))
def test_any_octets_are_split_and_joined_again(octets: bytes) -> None:
    header, body = split_message(octets)
    assert header + body == octets
    assert header_length(octets) == len(header)
    list(fields(header))
    assert b"\r\n".join(raw_fields(header)).replace(b"\r\n", b"") == header.replace(b"\r\n", b"")
    everything = {name for name, _ in fields(header)}
    assert select_fields(header, everything).endswith(b"\r\n")


LINES = st.lists(
    st.sampled_from(
        [b"From", b"from", b"Fro", b" ", b"\t", b":", b"\r\n", b"\r", b"\n", b"x", b"To", b"To: y"]
    )
).map(b"".join)


@given(header=LINES, names=st.sets(st.sampled_from([b"from", b"TO", b"x", b"fro", b"a:b", b"y "])))
def test_the_fields_of_a_name_are_those_that_a_walk_finds(header: bytes, names: set[bytes]) -> None:
    """Few names are found by one pattern: it finds what reading field by field finds."""
    wanted = {name.lower() for name in names}
    walked = [f for f in raw_fields(header) if f.partition(b":")[1]]
    chosen = [f for f in walked if f.partition(b":")[0].rstrip(b" \t\r\n").lower() in wanted]
    expected = b"".join(f + b"\r\n" for f in chosen) + b"\r\n"
    assert select_fields(header, names) == expected


@pytest.mark.threat("R6", "R10")
def test_no_pattern_is_made_or_kept_of_long_names() -> None:
    """One FETCH may ask for a field whose name fills a literal."""
    _finder.cache_clear()
    header = b"Subject: x\r\nFrom: y\r\n\r\n"
    assert select_fields(header, [b"*a" * 30_000, b"from"]) == b"From: y\r\n\r\n"
    assert _finder.cache_info().currsize == 0
