"""What leaves is clean, whatever is in the store."""

import itertools
import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.smtp.client.body import LINE_OCTETS, Made, Outgoing
from tests.relay.sink import done

PIECES = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"x", b"\xc3\xa4", b"y" * 700, b"z" * 2500]),
    max_size=30,
).map(b"".join)


def sent(octets: bytes, cuts: Iterable[int] = ()) -> bytes:
    """What is sent of a message that comes in these pieces."""
    outgoing = Outgoing()
    edges = [0, *sorted(cuts), len(octets)]
    pieces = [outgoing.piece(octets[a:b]) for a, b in itertools.pairwise(edges)]
    return b"".join([*pieces, outgoing.end()])


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
    wire = sent(octets)
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
    assert sent(octets) == b"Subject: x\r\n\r\nhello\r\n..dot\r\n.\r\n"


@pytest.mark.threat("W2")
@settings(max_examples=60, deadline=None)
@given(octets=PIECES, cuts=st.lists(st.integers(0, 9_000), max_size=8), size=st.integers(1, 40))
def test_pieces_do_not_change_what_is_sent(octets: bytes, cuts: list[int], size: int) -> None:
    """Dots are stuffed, line ends mended and long lines cut across the pieces as within one."""
    whole = sent(octets)
    assert sent(octets, cuts) == whole
    assert sent(octets, range(size, len(octets), size)) == whole


@pytest.mark.threat("W2")
def test_a_line_without_end_is_not_kept() -> None:
    outgoing = Outgoing()
    for _ in range(100):
        outgoing.piece("ä".encode() * 5_000)
        assert len(outgoing._held) <= 2 * LINE_OCTETS + 1


def test_what_was_made_here_is_given_out_in_pieces_once() -> None:
    made = Made(b"x" * 600_000)
    sizes = [len(done(made.next_piece())) for _ in range(4)]
    assert sum(sizes) == made.size
    assert sizes[-1] == 0
    assert max(sizes) < 300_000


def test_a_long_line_is_not_cut_within_a_character() -> None:
    wire = sent("ä".encode() * 3000, [1_500, 2_001])
    for line in wire[:-3].split(b"\r\n"):
        line.decode()
