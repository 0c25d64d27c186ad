"""One question to one server: a datagram from a port of its own, TCP when that is too small."""

import secrets
import struct
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol

from mailsuite.dns.wire import Found, NoEdns, Question, Truncated, Useless, Wrong, understand

UDP_SECONDS = 3.0
TCP_SECONDS = 5.0
# Ports are drawn here rather than by the kernel, which on some systems counts them up.
LOWEST_PORT = 1024
PORT_TRIES = 8
# A flood of guesses ends the wait: nobody should win by sending all 65,536 ids.
WRONG_ANSWERS = 50


@frozen
class Server:
    """A resolver's address."""

    address: str
    port: int = 53


class _Datagrams(DatagramProtocol):
    """Waits for the one right datagram."""

    def __init__(self, server: Server, question: Question, done: Deferred[Found]) -> None:
        self._server = server
        self._question = question
        self._done = done
        self._wrong = 0

    def startProtocol(self) -> None:  # noqa: N802 - Twisted's name
        # Connected: the kernel drops what comes from any other address or port.
        transport: Any = self.transport
        transport.connect(self._server.address, self._server.port)
        transport.write(self._question.octets)

    def datagramReceived(self, datagram: bytes, _addr: object) -> None:  # noqa: N802 - Twisted's
        if self._done.called:
            return
        try:
            found = understand(self._question, datagram)
        except Wrong:
            self._wrong += 1
            if self._wrong > WRONG_ANSWERS:
                self._done.errback(Useless("a flood of wrong answers"))
        except (Truncated, NoEdns, Useless) as why:
            self._done.errback(why)
        else:
            self._done.callback(found)

    def connectionRefused(self) -> None:  # noqa: N802 - Twisted's name
        if not self._done.called:
            self._done.errback(Useless("nobody listens there"))


async def by_udp(reactor: Any, server: Server, question: Question) -> Found:
    """Ask by a datagram.

    Raises:
        Truncated, NoEdns, Useless: see `mailsuite.dns.wire.understand`; no answer is `Useless`.
    """
    done: Deferred[Found] = Deferred()
    port = _listen(reactor, server, _Datagrams(server, question, done))
    timer = reactor.callLater(UDP_SECONDS, _give_up, done)
    try:
        return await done
    finally:
        if timer.active():
            timer.cancel()
        port.stopListening()


def _listen(reactor: Any, server: Server, protocol: DatagramProtocol) -> Any:
    interface = "::" if ":" in server.address else "0.0.0.0"  # noqa: S104 - a socket that asks
    for _ in range(PORT_TRIES):
        port = LOWEST_PORT + secrets.randbelow(65536 - LOWEST_PORT)
        try:
            return reactor.listenUDP(port, protocol, interface=interface, maxPacketSize=65535)
        except CannotListenError:
            continue
    return reactor.listenUDP(0, protocol, interface=interface, maxPacketSize=65535)


def _give_up(done: Deferred[Found]) -> None:
    if not done.called:
        done.errback(Useless("no answer in time"))


class _Stream(Protocol):
    """One question and its answer, each after its length (RFC 1035 §4.2.2)."""

    def __init__(self, question: Question, done: Deferred[Found]) -> None:
        self._question = question
        self._done = done
        self._octets = bytearray()

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        transport: Any = self.transport
        octets = self._question.octets
        transport.write(struct.pack("!H", len(octets)) + octets)

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        self._octets += octets
        if self._done.called or len(self._octets) < 2:
            return
        (length,) = struct.unpack_from("!H", self._octets)
        if len(self._octets) < 2 + length:
            return
        try:
            self._done.callback(understand(self._question, bytes(self._octets[2 : 2 + length])))
        except (Wrong, Truncated):
            self._done.errback(Useless("a wrong answer by TCP"))
        except (NoEdns, Useless) as why:
            self._done.errback(why)

    def connectionLost(self, _reason: object = None) -> None:  # noqa: N802 - Twisted's
        if not self._done.called:
            self._done.errback(Useless("the connection ended before the answer"))


async def by_tcp(reactor: Any, server: Server, question: Question) -> Found:
    """Ask by TCP, as after a truncated datagram.

    Raises:
        NoEdns, Useless: as `by_udp`.
    """
    done: Deferred[Found] = Deferred()
    endpoint = TCP6ClientEndpoint if ":" in server.address else TCP4ClientEndpoint
    factory: Any = Factory.forProtocol(lambda: _Stream(question, done))
    timer = reactor.callLater(TCP_SECONDS, _give_up, done)
    connecting = endpoint(reactor, server.address, server.port, timeout=TCP_SECONDS).connect(
        factory
    )
    connecting.addErrback(lambda _: _give_up(done))
    try:
        return await done
    finally:
        if timer.active():
            timer.cancel()
        connecting.addCallback(_abort)


def _abort(protocol: Any) -> None:
    if protocol is not None:
        protocol.transport.abortConnection()
