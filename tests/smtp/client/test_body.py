"""What leaves is clean, whatever is in the store."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.smtp.client import body
from mailsuite.smtp.client.body import data

PIECES = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"x", b"\xc3\xa4", b"y" * 700, b"z" * 2500]),
    max_size=30,
).map(b"".join)


def received(wire: bytes) -> bytes:
    """What a correct host makes of it: nothing but CRLF.CRLF ends it, and one dot goes."""
    assert wire.endswith(b"\r\n.\r\n") or wire == b".\r\n"
    lines = wire[:-3].split(b"\r\n")
    assert lines.pop() == b""
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in lines)


@pytest.mark.threat("W2")
@settings(max_examples=200, deadline=None)
@given(octets=PIECES)
def test_only_crlf_lines_of_at_most_998_and_one_end_of_data(octets: bytes) -> None:
    wire = b"".join(data(octets))
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", wire)
    # The one end of data is at the end; dots of the message are doubled.
    assert (b"\r\n" + wire).find(b"\r\n.\r\n") == len(wire) - 3
    kept = received(wire)
    assert max(map(len, kept.split(b"\r\n"))) <= 998
    clean = re.sub(rb"\r\n|\r|\n", b"\r\n", octets)
    if clean and not clean.endswith(b"\r\n"):
        clean += b"\r\n"
    unfolded = kept if not re.search(rb"[^\r\n]{999}", clean) else kept.replace(b"\r\n ", b"")
    assert unfolded == clean


def test_a_clean_message_leaves_as_it_is() -> None:
    octets = b"Subject: x\r\n\r\nhello\r\n.dot\r\n"
    assert b"".join(data(octets)) == b"Subject: x\r\n\r\nhello\r\n..dot\r\n.\r\n"


@pytest.mark.threat("W2")
@settings(max_examples=60, deadline=None)
@given(octets=PIECES, size=st.integers(1, 40))
def test_pieces_do_not_change_what_is_sent(octets: bytes, size: int) -> None:
    whole = b"".join(data(octets))
    before = body.CHUNK_OCTETS
    body.CHUNK_OCTETS = size
    try:
        assert b"".join(data(octets)) == whole
    finally:
        body.CHUNK_OCTETS = before


def test_a_large_message_is_sent_in_pieces() -> None:
    pieces = list(data(b"x" * 70 + b"\r\n" * 1 + (b"y" * 70 + b"\r\n") * 10_000))
    assert len(pieces) > 10
    assert max(map(len, pieces)) <= body.CHUNK_OCTETS + 100


def test_a_long_line_is_not_cut_within_a_character() -> None:
    wire = b"".join(data("ä".encode() * 3000))
    for line in wire[:-3].split(b"\r\n"):
        line.decode()
