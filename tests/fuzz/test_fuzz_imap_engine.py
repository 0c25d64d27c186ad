"""A short run of the fuzz target, over octets that look like IMAP."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.fuzz_imap_engine import one_input

PARTS = [
    b"a ", b"UID ", b"\r\n", b"\n", b"{3}\r\nabc", b"{3+}\r\nabc", b"{99999999+}\r\n", b"(", b")",
    b"APPEND x ", b"SEARCH ", b"FETCH 1:* ", b"LIST ", b'"', b"*", b"%", b"\\", b"[", b"]", b" ",
    b"SELECT ", b"STORE ", b"RETURN ", b"&", b"1:", b"0", b"NOT ", b"OR ", b"BODY", b"<1.2>", b"\0",
]  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PARTS) | st.binary(max_size=4), max_size=30).map(b"".join))
def test_nothing_crashes_the_engine_or_the_grammar(octets):
    one_input(octets)
