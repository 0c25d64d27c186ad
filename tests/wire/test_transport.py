"""A connection over a transport in memory: what leaves, when, and what ends it."""
# ruff: noqa: N802 - the fake transport has Twisted's names

import zlib
from datetime import UTC, datetime
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from mailsuite.wire.client_tls import ClientTls
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Link, Peer
from mailsuite.wire.proof import ANYBODY
from mailsuite.wire.shared import Shared, Turn, canonical
from mailsuite.wire.tls import Certificates, self_signed
from mailsuite.wire.transport import Connection
from mailsuite.wire.tunnel import Tunnel


class Network:
    """Twisted's end: takes octets until it is full."""

    def __init__(self, room: int = 1 << 40) -> None:
        self.writes: list[bytes] = []
        self.room = room
        self.producer: Any = None
        self.aborted = self.half_closed = self.paused = False

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.25", 25)

    def setTcpNoDelay(self, on: bool) -> None:
        assert on

    def setTcpKeepAlive(self, on: bool) -> None:
        assert on

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert streaming
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def write(self, octets: bytes) -> None:
        self.writes.append(octets)
        self.room -= len(octets)
        if self.room < 0 and self.producer is not None:
            self.producer.pauseProducing()

    def make_room(self, room: int = 1 << 40) -> None:
        self.room = room
        self.producer.resumeProducing()

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def loseWriteConnection(self) -> None:
        self.half_closed = True

    def abortConnection(self) -> None:
        self.aborted = True


class Talker:
    link: Link

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.events: list[str] = []
        self.answer = True
        self.after = 10**9  # pieces, the link is paused

    def connected(self, link: Link) -> None:
        self.link = link
        self.events.append("connected")
        link.write(b"hello ")
        link.write(b"there\r\n")

    def received(self, octets: bytes) -> None:
        self.heard.append(octets)
        if len(self.heard) == self.after:
            self.link.pause()
        if octets.startswith(b"STARTTLS"):
            self.link.write(b"go\r\n")
            self.link.start_tls()
        elif octets.startswith(b"UNDEFLATE"):
            self.link.write(b"gone\r\n")
            self.link.end_deflate()
        elif octets.startswith(b"BUG"):
            raise RuntimeError("our own")
        elif self.answer:
            self.link.write_many([b"heard ", octets])

    def secured(self) -> None:
        self.events.append("secured")

    def timed_out(self) -> None:
        self.events.append("timed out")

    def stopping(self) -> None:
        self.events.append("stopping")

    def lost(self) -> None:
        self.events.append("lost")


class House:
    def __init__(self, certificates: Certificates, room: int = 1 << 40, **limits: int) -> None:
        self.clock = Clock()
        self.shared = Shared(self.clock, Limits(**limits), Turn(self.clock))
        self.talker = Talker()
        self.network = Network(room)
        self.ended: list[Connection] = []
        self.connection = Connection(
            self.talker, self.shared, lambda: certificates.tunnel(b"smtp"), self.ended.append
        )
        self.connection.peer = Peer("192.0.2.1", 4000)

    def connect(self) -> "House":
        self.connection.makeConnection(self.network)
        self.network.writes.clear()
        return self

    def turn(self) -> None:
        self.clock.advance(0)

    def lose(self) -> None:
        self.connection.connectionLost(Failure(ConnectionDone()))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    pair = self_signed(tmp_path_factory.mktemp("tls"), "mx.example", datetime.now(UTC))
    return Certificates([pair])


@pytest.fixture
def house(certificates: Certificates) -> House:
    return House(certificates)


def shake(house: House) -> Tunnel:
    client = ClientTls().tunnel("mx.example", ANYBODY)
    client.begin()
    while not client.established or not house.connection.tls:
        if out := client.outgoing():
            house.connection.dataReceived(out)
        octets = b"".join(house.network.writes)
        house.network.writes.clear()
        client.received(octets)
    return client


def test_what_is_written_in_one_turn_leaves_as_one(house: House) -> None:
    house.connection.makeConnection(house.network)
    assert house.network.writes == [b"hello there\r\n"]
    house.connection.dataReceived(b"x")
    house.talker.link.write(b"a")
    house.talker.link.write(b"b")
    house.turn()
    assert house.network.writes == [b"hello there\r\n", b"heard x", b"ab"]
    assert house.talker.link.local == Peer("192.0.2.25", 25)


def test_a_slow_reader_holds_no_more_than_the_mark(certificates: Certificates) -> None:
    house = House(certificates, room=100, output_octets=1000, stalled_seconds=300).connect()
    link = house.talker.link
    link.write(b"x" * 200)
    house.turn()
    assert link.writable
    link.write_many([b"y" * 600] * 3)
    assert not link.writable
    waiting = house.connection.drained()
    done: list[object] = []
    waiting.addBoth(done.append)
    assert not done
    house.network.make_room(100)
    assert done == [None]
    house.network.make_room()
    assert sum(map(len, house.network.writes)) == 2000


@pytest.mark.threat("I5")
def test_a_reader_that_takes_nothing_is_dropped(certificates: Certificates) -> None:
    house = House(certificates, room=100, output_octets=1000, stalled_seconds=300).connect()
    house.talker.link.write(b"x" * 5000)
    failed: list[Any] = []
    house.connection.drained().addErrback(failed.append)
    house.clock.pump([1] * 299)
    assert not house.network.aborted
    house.clock.pump([1] * 4)
    assert house.network.aborted
    house.lose()
    assert failed == []  # the octets had been given away: nothing waited
    assert house.talker.events == ["connected", "lost"]


def test_waiting_for_a_reader_who_vanishes_fails(certificates: Certificates) -> None:
    house = House(certificates, room=10, output_octets=1000).connect()
    house.talker.link.write(b"x" * 100)
    house.turn()
    house.talker.link.write(b"x" * 2000)
    failed: list[Any] = []
    house.connection.drained().addErrback(failed.append)
    house.lose()
    assert failed[0].check(ConnectionError)
    house.connection.drained().addErrback(failed.append)
    assert failed[1].check(ConnectionError)
    assert house.ended == [house.connection]


@pytest.mark.threat("W3")
def test_octets_before_the_handshake_end_the_connection(house: House) -> None:
    house.connect()
    house.connection.dataReceived(b"STARTTLS\r\n")
    assert house.network.writes == [b"go\r\n"]
    house.connection.dataReceived(b"NOOP\r\n")
    assert house.talker.heard == [b"STARTTLS\r\n"]
    assert house.network.half_closed
    assert house.talker.link.tls is None


def test_starttls(house: House) -> None:
    house.connect()
    house.connection.dataReceived(b"STARTTLS\r\n")
    house.network.writes.clear()
    house.talker.link.write(b"kept until it is safe")
    house.turn()
    assert house.network.writes == []
    client = shake(house)
    house.turn()
    assert house.talker.events == ["connected", "secured"]
    client.send(b"abc")
    house.connection.dataReceived(client.outgoing())
    assert house.talker.heard[-1] == b"abc"
    said = client.received(b"".join(house.network.writes))
    assert said.endswith(b"heard abc")
    client.say_goodbye()
    house.connection.dataReceived(client.outgoing())
    assert house.network.half_closed


@pytest.mark.threat("W11")
def test_a_handshake_that_stalls_is_dropped(certificates: Certificates) -> None:
    house = House(certificates, handshake_seconds=30).connect()
    house.connection.dataReceived(b"STARTTLS\r\n")
    client = ClientTls().tunnel("mx.example", ANYBODY)
    client.begin()
    house.connection.dataReceived(client.outgoing()[:50])
    house.clock.pump([1] * 29)
    assert not house.network.aborted
    house.clock.pump([1] * 3)
    assert house.network.aborted


def test_closing_sends_everything_and_drops_what_still_comes(house: House) -> None:
    house.connect()
    house.talker.link.write(b"last words")
    house.talker.link.close()
    house.talker.link.write(b"too late")
    assert house.network.writes == [b"last words"]
    assert house.network.half_closed
    house.connection.dataReceived(b"more")
    assert house.talker.heard == []
    house.clock.pump([1] * 7)
    assert house.network.aborted


@pytest.mark.threat("W10")
def test_a_peer_that_goes_on_after_the_end_is_cut_off(house: House) -> None:
    house.connect()
    house.talker.link.close()
    for _ in range(20):
        house.connection.dataReceived(bytes(64 * 1024))
    assert house.network.aborted


@pytest.mark.threat("R9")
def test_a_bug_in_a_session_ends_its_connection_only(house: House) -> None:
    house.connect()
    house.connection.dataReceived(b"BUG")
    assert house.network.aborted


@pytest.mark.threat("R10")
def test_nothing_is_left_of_a_connection(house: House) -> None:
    house.connect()
    house.talker.link.deadline(60)
    house.talker.link.deadline(5)
    house.clock.pump([1] * 7)
    assert house.talker.events == ["connected", "timed out"]
    house.talker.link.deadline(600)
    house.lose()
    assert house.shared.wheel.armed == 0
    house.clock.pump([1] * 2)
    assert house.clock.getDelayedCalls() == []
    house.talker.link.deadline(600)
    house.talker.link.abort()
    house.talker.link.pause()
    assert house.shared.wheel.armed == 0


def test_reading_pauses_and_resumes(house: House) -> None:
    house.connect()
    house.talker.link.pause()
    assert house.network.paused
    house.talker.link.resume()
    assert not house.network.paused


def test_peers_have_one_spelling() -> None:
    assert canonical(IPv4Address("TCP", "192.0.2.1", 1)) == Peer("192.0.2.1", 1)
    assert canonical(IPv6Address("TCP", "::ffff:192.0.2.1", 1)) == Peer("192.0.2.1", 1)
    assert canonical(IPv6Address("TCP", "fe80::1%lo", 1)) == Peer("fe80::1", 1)
    assert canonical(UNIXAddress(b"/run/x")) == Peer("unix:/run/x")
    assert canonical(UNIXAddress(None)) == Peer("unix:")


# DEFLATE (RFC 4978)


class Deflater:
    """A client's end of DEFLATE."""

    def __init__(self) -> None:
        self.out = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.into = zlib.decompressobj(-15)

    def say(self, octets: bytes) -> bytes:
        return self.out.compress(octets) + self.out.flush(zlib.Z_SYNC_FLUSH)

    def read(self, house: House) -> bytes:
        octets = b"".join(house.network.writes)
        house.network.writes.clear()
        return self.into.decompress(octets)


@pytest.mark.parametrize("tls", [False, True])
def test_compression_lies_under_tls_and_begins_after_what_was_written(house, tls):
    house.connect()
    if tls:
        house.connection.start_tls()
    secure = shake(house) if tls else None
    house.network.writes.clear()
    house.connection.write(b"a OK DEFLATE active\r\n")
    house.connection.start_deflate()
    peer = Deflater()
    written = b"".join(house.network.writes)
    house.network.writes.clear()
    assert (secure.received(written) if secure else written) == b"a OK DEFLATE active\r\n"
    said = peer.say(b"b NOOP\r\n")
    if secure:
        secure.send(said)
        said = secure.outgoing()
    house.connection.dataReceived(said)
    answer = b"".join(house.network.writes)
    if secure:
        answer = secure.received(answer)
    assert peer.into.decompress(answer) == b"heard b NOOP\r\n"


@pytest.mark.threat("I13")
def test_a_bomb_waits_while_the_session_is_busy(house):
    """A megabyte in a kilobyte: it comes in as the session takes it, and nothing else is read."""
    house.connect().connection.start_deflate()
    house.talker.answer = False
    house.talker.after = 2  # pieces, then the session pauses
    house.connection.dataReceived(Deflater().say(b"\n" * 2**20))
    assert len(house.talker.heard) == 2
    assert house.network.paused
    house.turn()
    assert len(house.talker.heard) == 2
    house.talker.after = 10**6
    house.connection.resume()
    assert len(house.talker.heard) == 2, "not inside of the session's own call"
    house.turn()
    assert b"".join(house.talker.heard) == b"\n" * 2**20
    assert not house.network.paused


@pytest.mark.threat("I13")
def test_a_turn_inflates_so_much_and_no_more(house):
    house.connect().connection.start_deflate()
    house.talker.answer = False
    house.connection.dataReceived(Deflater().say(b"\n" * 2**20))
    assert 2**17 <= sum(map(len, house.talker.heard)) < 2**17 + 2**15
    assert house.network.paused
    house.turn()
    assert sum(map(len, house.talker.heard)) == 2**20
    assert not house.network.paused


def test_what_is_no_deflate_ends_the_connection(house):
    house.connect().connection.start_deflate()
    house.connection.dataReceived(b"\xff\xff\xff NOOP\r\n")
    assert house.network.half_closed
    assert house.talker.heard == []


def test_a_connection_at_rest_keeps_no_deflate(house):
    house.connect().connection.start_deflate()
    peer = Deflater()
    house.connection.dataReceived(peer.say(b"a IDLE\r\n"))
    assert peer.read(house) == b"heard a IDLE\r\n"
    for _ in range(12):
        house.clock.advance(1)
    assert house.shared.wheel.armed == 0
    house.connection.dataReceived(peer.say(b"DONE\r\n"))
    assert peer.read(house) == b"heard DONE\r\n"
    house.lose()
    assert house.shared.wheel.armed == 0


def test_compression_ends_and_plain_text_follows(house):
    """RFC 8437 §4.1, UNAUTHENTICATE: the next command may be in the same packet, in clear."""
    house.connect().connection.start_deflate()
    peer = Deflater()
    house.connection.dataReceived(peer.say(b"UNDEFLATE\r\n") + b"b LOGIN\r\n")
    assert house.talker.heard == [b"UNDEFLATE\r\n", b"b LOGIN\r\n"]
    octets = b"".join(house.network.writes)
    assert peer.into.decompress(octets[: -len(b"heard b LOGIN\r\n")]) == b"gone\r\n"
    assert octets.endswith(b"heard b LOGIN\r\n")
    assert not house.connection.deflated
