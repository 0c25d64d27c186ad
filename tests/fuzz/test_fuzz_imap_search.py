"""A short run of the fuzz target, over octets that look like search keys."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.fuzz_imap_search import one_input

PARTS = [
    b"NOT ", b"OR ", b"(", b")", b" ", b" ", b"ALL", b"1:*", b"UID ", b"3,5:9", b"SUBJECT ", b"abc",
    b'"a b"', b"FUZZY ", b"TEXT ", b"BODY ", b"HEADER ", b"SINCE ", b"SENTON ", b"1-Jan-2024",
    b"KEYWORD ", b"$Work", b"LARGER ", b"30", b"OLDER ", b"MODSEQ ", b"CHARSET utf-8 ", b"UNSEEN",
    b'"', b"\\", b"FILTER x", b"SAVEDBEFORE ", b"EMAILID ", b"UIDAFTER ", b"4294967296",
]  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PARTS) | st.binary(max_size=2), max_size=12).map(b"".join))
def test_no_keys_crash_the_reading_or_the_search(octets: bytes) -> None:
    one_input(octets)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (b"OR NOT (1:4 TEXT abc) UID 5 SUBJECT letter", [5, 11, 12]),
        (b'FUZZY (BODY "9 abc")', [9]),
        (b"KEYWORD $Work", []),
        (b"SENTON 1-Jan-2024 LARGER 30", [5, 9, 11, 12]),
        (b"MODSEQ 35", [5, 9, 11, 12]),
        (b"THREADID T1", None),
        (b"NOT", None),
    ],
)
def test_the_target_gets_through(keys: bytes, found: list[int] | None) -> None:
    assert one_input(keys) == found
