"""DEFLATE both ways: whatever the cuts, whatever the peer's zlib; bounded, and nothing at rest."""

import random
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.wire.deflating import KEPT_OCTETS, PIECE_OCTETS, SMALL_OCTETS, Deflating
from mailsuite.wire.tunnel import Broken

TEXTS = st.lists(
    st.binary(max_size=40)
    | st.sampled_from([b"a1 NOOP\r\n", b"x" * 300, b"\0\0\xff\xff", b"y" * 40_000]),
    max_size=8,
)


class Peer:
    """A client's end, with zlib as it comes."""

    def __init__(self, bits: int = -15, level: int = 6) -> None:
        self.out = zlib.compressobj(level, zlib.DEFLATED, bits)
        self.read = zlib.decompressobj(-15)

    def say(self, octets: bytes, how: int = zlib.Z_SYNC_FLUSH) -> bytes:
        return self.out.compress(octets) + self.out.flush(how)


def drained(ours: Deflating) -> bytes:
    said = b""
    while ours.more:
        said += ours.inflate()
    return said


@given(texts=TEXTS, rests=st.integers(0, 255), cuts=st.integers(0, 2**32), level=st.integers(0, 9))
def test_what_is_said_arrives_whatever_the_cuts_and_the_rests(texts, rests, cuts, level):
    ours, peer, at = Deflating(), Peer(level=level), random.Random(cuts)
    for number, text in enumerate(texts):
        octets = peer.say(text)
        said = b""
        while octets:
            size = at.randint(1, len(octets))
            ours.feed(octets[:size])
            octets = octets[size:]
            said += drained(ours)
        assert said == text
        assert peer.read.decompress(ours.deflate(text)) == text
        if rests >> number & 1:
            ours.rest()


@pytest.mark.parametrize("how", [zlib.Z_PARTIAL_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH])
def test_every_kind_of_flush_is_read_at_once_and_after_a_rest(how):
    """Z_PARTIAL_FLUSH leaves the stream inside an octet: then the context stays."""
    ours, peer = Deflating(), Peer()
    for number in range(50):
        text = b"a%d UID FETCH %d (FLAGS)\r\n" % (number, number)
        ours.feed(peer.say(text, how))
        assert drained(ours) == text
        ours.rest()


@pytest.mark.threat("I13")
def test_a_bomb_is_inflated_piece_by_piece_and_stays_small():
    """256 MiB in a quarter of one: what is not asked for is not made."""
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    octets = b"".join(bomb.compress(b"\0" * 2**20) for _ in range(256)) + bomb.flush()
    ours = Deflating()
    tracemalloc.start()
    try:
        ours.feed(octets)
        for _ in range(100):
            assert len(ours.inflate()) <= PIECE_OCTETS
        assert tracemalloc.get_traced_memory()[1] < len(octets) + 12 * PIECE_OCTETS
    finally:
        tracemalloc.stop()
    assert ours.more


def test_octets_that_are_no_deflate_are_refused():
    ours = Deflating()
    ours.feed(b"\xff\xff\xff a NOOP\r\n")
    with pytest.raises(Broken, match="no such stream"):
        ours.inflate()


def test_after_the_end_of_the_stream_nothing_more_is_read():
    ours, peer = Deflating(), Peer()
    ours.feed(peer.say(b"bye", zlib.Z_FINISH) + b"plain")
    assert ours.inflate() == b"bye"
    assert ours.end() == b"plain"
    ours.rest()
    with pytest.raises(Broken, match="ended"):
        ours.inflate()


def test_what_follows_a_flush_may_be_plain_again():
    """RFC 8437 §4.1: compression ends after UNAUTHENTICATE, and the next command is behind it."""
    ours, peer = Deflating(), Peer()
    ours.feed(peer.say(b"a UNAUTHENTICATE\r\n") + b"b LOGIN ann x\r\n")
    assert ours.inflate() == b"a UNAUTHENTICATE\r\n"
    assert ours.end() == b"b LOGIN ann x\r\n"


def test_at_rest_a_connection_keeps_its_clients_few_words_and_no_context():
    def session() -> Deflating:
        ours, peer = Deflating(), Peer()
        for number in range(60):
            text = b"a%d UID FETCH %d:* (UID FLAGS BODY.PEEK[HEADER])\r\n" % (number, number)
            ours.feed(peer.say(text))
            drained(ours)
            ours.deflate(b"* %d FETCH (UID 1 FLAGS ())\r\na OK done\r\n" % number)
        return ours

    session()
    tracemalloc.start()
    try:
        ours = session()
        busy = tracemalloc.get_traced_memory()[0]
        ours.rest()
        quiet = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert busy < 100_000
    assert quiet < 3_000


def test_a_client_that_said_much_keeps_its_context():
    ours, peer = Deflating(), Peer()
    text = random.Random(1).randbytes(2 * KEPT_OCTETS)
    for _ in range(3):
        ours.feed(peer.say(text))
        assert drained(ours) == text
        ours.rest()


def test_small_answers_need_no_context():
    """What IDLE pushes to a connection at rest leaves it at rest."""
    ours, peer = Deflating(), Peer()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        said = [ours.deflate(text) for text in (b"* 2 EXISTS\r\n", b"", b"x" * SMALL_OCTETS)]
        assert tracemalloc.get_traced_memory()[0] - before < 2_000
    finally:
        tracemalloc.stop()
    said.append(ours.deflate(b"y" * 5_000))
    said.append(ours.deflate(b"a OK\r\n"))
    heard = b"".join(map(peer.read.decompress, said))
    assert heard == b"* 2 EXISTS\r\n" + b"x" * SMALL_OCTETS + b"y" * 5_000 + b"a OK\r\n"
    assert len(said[3]) < 100
