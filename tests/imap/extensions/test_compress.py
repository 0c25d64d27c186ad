"""COMPRESS=DEFLATE (RFC 4978): who may, once, and what is dropped. The octets: tests/wire."""

import tracemalloc
import zlib

import pytest
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from mailsuite.imap.session import ImapSession
from mailsuite.wire.link import Peer
from mailsuite.wire.shared import Shared, Turn
from mailsuite.wire.transport import Connection
from tests.imap.people import TLS, Imap
from tests.wire.test_transport import Network


def test_a_client_turns_compression_on(imap):
    """RFC 4978 §3, the first example, after STARTTLS."""
    imap.dialogue("""
        S: * OK [CAPABILITY ...
        C: b LOGIN ann secret
        S: b OK [CAPABILITY ...COMPRESS=DEFLATE...
        C: c compress deflate
        S: c OK DEFLATE active
    """)
    assert imap.client().wire.deflated


def test_compression_is_on_once(ann):
    """RFC 4978 §3, the second example."""
    ann.dialogue("""
        C: a COMPRESS DEFLATE
        S: a OK DEFLATE active
        C: c COMPRESS DEFLATE
        S: c NO [COMPRESSIONACTIVE] DEFLATE is on already
    """)


def test_nothing_else_is_compression(ann):
    ann.dialogue("""
        C: a COMPRESS
        S: a BAD ...
        C: b COMPRESS LZ4
        S: b BAD Unknown compression
        C: c COMPRESS DEFLATE 9
        S: c BAD ...
    """)
    assert not ann.client().wire.deflated


def test_a_strangers_octets_are_never_inflated(imap):
    """A bomb needs an account."""
    imap.dialogue("""
        S: * OK [CAPABILITY ...
        C: a COMPRESS DEFLATE
        S: a BAD Sign in first
    """)


def test_what_was_sent_before_the_ok_is_dropped(ann: Imap):
    """It was written before the client could know: as after STARTTLS it is no command."""
    assert ann.say(b"a COMPRESS DEFLATE\r\nb NOOP\r\n") == b"a OK DEFLATE active\r\n"


class Compressed:
    """A session behind a real connection, signed in and compressed."""

    def __init__(self, imap: Imap) -> None:
        self.clock = imap.clock
        self.session: ImapSession = imap.door.session()
        self.network = Network()
        shared = Shared(imap.clock, imap.limits, Turn(imap.clock))
        self.connection = Connection(self.session, shared, None, lambda _: None)
        self.connection.peer = Peer("192.0.2.1", 4000)
        self.connection.tls = TLS
        self.connection.makeConnection(self.network)
        self.connection.dataReceived(b"a LOGIN ann secret\r\n")
        self.connection.dataReceived(b"b COMPRESS DEFLATE\r\n")
        self.network.writes.clear()
        self.out = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.into = zlib.decompressobj(-15)

    def say(self, octets: bytes) -> bytes:
        sent = self.out.compress(octets) + self.out.flush(zlib.Z_SYNC_FLUSH)
        for at in range(0, len(sent), 65_536):
            self.connection.dataReceived(sent[at : at + 65_536])
            self.clock.advance(0)
        answer = b"".join(self.network.writes)
        self.network.writes.clear()
        return self.into.decompress(answer)

    def lose(self) -> None:
        self.connection.connectionLost(Failure(ConnectionDone()))


def test_a_session_through_deflate(imap: Imap) -> None:
    imap.put()
    client = Compressed(imap)
    assert client.say(b"c SELECT INBOX\r\n").endswith(b"c OK [READ-WRITE] SELECT completed\r\n")
    assert client.say(b"d IDLE\r\n") == b"+ idling\r\n"
    client.clock.advance(11)  # at rest: no context is kept
    imap.put()
    client.clock.advance(0)
    assert client.say(b"DONE\r\n") == b"* 2 EXISTS\r\n* 0 RECENT\r\nd OK IDLE completed\r\n"
    assert client.say(b"e UNAUTHENTICATE\r\n") == b"e OK UNAUTHENTICATE completed\r\n"
    client.connection.dataReceived(b"f NOOP\r\n")
    assert client.network.writes == [b"f OK NOOP completed\r\n"]
    client.lose()


@pytest.mark.threat("I13")
@pytest.mark.parametrize(
    ("start", "said"),
    [(b"", b"* BYE "), (b"c SEARCH TEXT {104857600+}\r\n", b"c NO [TOOBIG] ")],
)
def test_what_a_bomb_inflates_to_meets_the_limits_of_lines_and_literals(
    imap: Imap, start: bytes, said: bytes
) -> None:
    """100 KiB that are 100 MiB: the limits count what came out, and little of it is ever there."""
    client = Compressed(imap)
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    sent = bomb.compress(start)
    sent += b"".join(bomb.compress(b"x" * 2**20) for _ in range(100))
    sent += bomb.flush(zlib.Z_SYNC_FLUSH)
    assert len(sent) < 120_000
    tracemalloc.start()
    try:
        for at in range(0, len(sent), 65_536):
            client.connection.dataReceived(sent[at : at + 65_536])
            client.clock.advance(0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert client.into.decompress(b"".join(client.network.writes)).startswith(said)
    assert peak < 4 * 2**20
    client.lose()
