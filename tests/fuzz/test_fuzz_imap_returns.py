"""A short run of the fuzz target, over octets that look like RETURN options."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.fuzz_imap_returns import one_input

PARTS = [
    b"MIN", b"max", b"ALL", b"COUNT", b"SAVE", b"UPDATE", b"CONTEXT", b"RELEVANCY", b"PARTIAL ",
    b"1:2", b"-1:-3", b"7:9 ", b"-0", b":", b" ", b" ", b" ", b")", b") ", b"(", b"4294967296",
]  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PARTS) | st.binary(max_size=2), max_size=12).map(b"".join))
def test_no_options_crash_the_reading_or_the_telling(octets: bytes) -> None:
    one_input(octets)


def test_the_target_gets_through() -> None:
    one_input(b"MIN max PARTIAL -1:-3 COUNT SAVE) ")
