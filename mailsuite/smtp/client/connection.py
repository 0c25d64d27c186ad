"""`Stream` over Twisted: one TCP connection to another host."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from mailsuite.smtp.client.replies import OCTETS
from mailsuite.smtp.client.stream import StreamFailed
from mailsuite.wire.client_tls import ClientTls
from mailsuite.wire.link import Tls
from mailsuite.wire.proof import Flaw, Proof
from mailsuite.wire.tunnel import Broken, Tunnel

CONNECT_SECONDS = 30.0
# What may lie unread: twice the longest reply. More is an attack, not an answer.
UNREAD_OCTETS = 2 * OCTETS


@implementer(IPushProducer)
class Connection(Protocol):
    """See `mailsuite.smtp.client.stream.Stream`."""

    def __init__(self, reactor: Any, contexts: ClientTls) -> None:
        self.tls: Tls | None = None
        self.ended = False
        self.local = ""
        self._reactor = reactor
        self._contexts = contexts
        self._unread = bytearray()
        self._why = "the other side closed the connection"
        self._flaw: Flaw | None = None  # of the handshake
        self._full = False
        self._tunnel: Tunnel | None = None  # from the handshake on
        # Who waits, and for what: at most one at a time.
        self._waiter: Deferred[None] | None = None

    # What the session calls.

    def write(self, octets: bytes) -> None:
        """See `Stream.write`."""
        if self.ended:
            return
        if self._tunnel is None:
            self._send(octets)
            return
        try:
            self._tunnel.send(octets)
        except Broken as broken:
            self._why = f"TLS failed: {broken}"
            self.abort()
        else:
            self._send(self._tunnel.outgoing())

    def _send(self, octets: bytes) -> None:
        """Send at once what the socket takes: to ask whether it takes any costs two calls more."""
        wire = self._wire
        if not (wire.dataBuffer or wire._tempDataBuffer or wire.disconnecting):  # noqa: SLF001 - no public way to ask
            sent = wire.writeSomeData(octets)
            # What is no number is an error, which the transport meets again in its own turn.
            if isinstance(sent, int) and sent > 0:
                octets = octets[sent:]
        if octets:
            wire.write(octets)

    async def drained(self, seconds: float) -> None:
        """See `Stream.drained`."""
        while self._full:
            await self._wait(seconds, "it takes no more octets")
        if self.ended:
            raise StreamFailed(self._why)

    async def read(self, seconds: float) -> bytes:
        """See `Stream.read`."""
        while not self._unread:
            if self.ended:
                raise StreamFailed(self._why)
            await self._wait(seconds, "no answer in time")
        octets = bytes(self._unread)
        self._unread.clear()
        return octets

    async def start_tls(self, name: str, proof: Proof, *, seconds: float) -> None:
        """See `Stream.start_tls`."""
        self._unread.clear()
        if self.ended:
            raise StreamFailed(self._why)
        self._tunnel = self._contexts.tunnel(name, proof)
        try:
            self._tunnel.begin()
        except Broken as broken:
            self.abort()
            raise StreamFailed(str(broken), broken.flaw) from broken
        self._wire.write(self._tunnel.outgoing())
        while self.tls is None:
            if self.ended:
                raise StreamFailed(self._why, self._flaw)
            await self._wait(seconds, "no end of the TLS handshake")

    def close(self) -> None:
        """See `Stream.close`."""
        if self._tunnel is not None and not self.ended:
            self._tunnel.say_goodbye()
            self._wire.write(self._tunnel.outgoing())
        self._wire.loseConnection()
        # A peer that never reads must not keep the socket for ever.
        self._reactor.callLater(CONNECT_SECONDS, self.abort)

    def abort(self) -> None:
        """See `Stream.abort`."""
        if not self.ended:
            self._wire.abortConnection()

    # What Twisted calls.

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Watch how much waits to be sent."""
        self.local = str(self._wire.getHost().host)
        self._wire.setTcpNoDelay(True)
        self._wire.registerProducer(self, True)

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Keep the octets until they are read."""
        try:
            self._unread += octets if self._tunnel is None else self._decrypted(octets)
        except Broken as broken:
            self._why, self._flaw = f"TLS failed: {broken}", broken.flaw
            self.abort()
        if len(self._unread) > UNREAD_OCTETS:
            self._why = "it sends octets without end"
            self.abort()
        self._go_on()

    def _decrypted(self, octets: bytes) -> bytes:
        tunnel = self._tunnel
        assert tunnel is not None
        plain = tunnel.received(octets)
        self._wire.write(tunnel.outgoing())
        if self.tls is None and tunnel.established:
            self.tls = tunnel.agreed()
        return plain

    def connectionLost(self, _reason: Any = None) -> None:  # noqa: N802 - Twisted's name
        """Tell whoever waits."""
        self.ended = True
        self._full = False
        self._go_on()

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Enough waits to be sent."""
        self._full = True

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """There is room again."""
        self._full = False
        self._go_on()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """The connection is going; `connectionLost` tells."""

    # Inside.

    @property
    def _wire(self) -> Any:
        return self.transport

    async def _wait(self, seconds: float, why: str) -> None:
        waiter: Deferred[None] = Deferred()
        self._waiter = waiter
        timer = self._reactor.callLater(max(seconds, 0.0), self._give_up, why)
        try:
            await waiter
        finally:
            if timer.active():
                timer.cancel()

    def _give_up(self, why: str) -> None:
        self._why = why
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            self.abort()
            waiter.errback(StreamFailed(why))

    def _go_on(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.callback(None)


async def connect(
    reactor: Any, contexts: ClientTls, address: str, port: int, source: str = ""
) -> Connection:
    """Open a connection to an IP address, from one of ours. Raises `StreamFailed`."""
    kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
    factory: Any = Factory.forProtocol(lambda: Connection(reactor, contexts))
    factory.noisy = False
    try:
        connection = await kind(
            reactor, address, port, CONNECT_SECONDS, (source, 0) if source else None
        ).connect(factory)
    except Exception as error:  # what a connect fails with is Twisted's and the kernel's to invent
        raise StreamFailed(str(error) or type(error).__name__) from error
    assert isinstance(connection, Connection)
    return connection
