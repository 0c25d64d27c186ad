"""A short run of the fuzz target, over octets that look like its commands."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.fuzz_imap_names import ELEMENTS, one_input

PARTS = [
    b"INBOX", b'""', b"*", b"%", b" ", b" ", b" ", b"(", b"(", b")", b")", b"RETURN ", b"STATUS ",
    b"SUBSCRIBED", b"RECURSIVEMATCH", b"MYRIGHTS", b"METADATA ", b"/private/a", b"/shared/vendor/x/y",
    b"MAXSIZE 5", b"DEPTH infinity", b'"x"', b"NIL", b"~{3}", b"+lrs", b"-q", b"STORAGE 7", b"&AOk-",
    b"\xc3\xa9", b"$team", b"-anyone", b"9223372036854775808",
]  # fmt: skip


@settings(max_examples=300)
@given(
    st.integers(0, 255),
    st.lists(st.sampled_from(PARTS) | st.binary(max_size=2), max_size=12).map(b"".join),
)
def test_no_octets_crash_the_reading(first: int, octets: bytes) -> None:
    one_input(bytes([first]) + octets)


def test_the_target_gets_through() -> None:
    lines = (b'"" (a *) RETURN (MYRIGHTS)', b"bob", b"+lr", b"(DEPTH 1) INBOX /private/a",
             b'INBOX (/private/a "x")', b"(STORAGE 7 MESSAGE 8)")  # fmt: skip
    for number, line in enumerate(lines):
        cursor = bytes([number]) + line
        one_input(cursor)
        assert number % len(ELEMENTS) == number
