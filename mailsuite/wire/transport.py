"""Drives one session over a Twisted transport: `Link` on one side, `IProtocol` on the other.

What a session writes in one turn of the reactor leaves in one piece (in TLS: in as few records
as hold it), since the next command of a waiting client costs a round trip, not a packet.
"""

import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IProtocol, IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from mailsuite.wire.deflating import Deflating
from mailsuite.wire.link import Peer, Talks, Tls
from mailsuite.wire.shared import Shared, canonical
from mailsuite.wire.timers import Timer
from mailsuite.wire.tunnel import Broken, Tunnel

PIECE_OCTETS = 128 * 1024  # given to the kernel's queue at once
LINGER_SECONDS = 5  # for the peer to read our last words and hang up
REST_OCTETS = 1024 * 1024  # that are read and dropped meanwhile; more is an attack
INFLATED_OCTETS = 128 * 1024  # in one turn of the reactor; a bomb takes many
INFLATING_OCTETS = 64  # what a piece costs that inflates to nothing
CALM_SECONDS = 3  # without a word, after which nothing is kept of DEFLATE


class Phase(Enum):
    """What is happening to a connection."""

    OPEN = auto()
    HANDSHAKE = auto()
    CLOSING = auto()  # what was written still goes out
    LINGERING = auto()  # all is sent; the peer may read it and hang up
    GONE = auto()


@implementer(IProtocol, IPushProducer)
class Connection:
    """One connection. Holds no buffer while nothing is on its way.

    One class on purpose, long as it is: every octet of every protocol passes here, and 10,000
    idle connections each pay for every object and every call between parts.

    Args:
        talks: its session.
        tunnel: makes our side of TLS when the handshake begins; None where none can be had.
        ended: called once, when all is over.
    """

    __slots__ = (
        "__weakref__", "_calm", "_deflating", "_drained", "_ended", "_failed", "_guard", "_held",
        "_implicit", "_make_tunnel", "_out", "_paused", "_phase", "_queued", "_reading", "_rest",
        "_shared", "_stuffed", "_timer", "_tunnel", "_waits_turn", "door", "local", "peer", "talks",
        "tls", "trace", "transport",
    )  # fmt: skip

    log = Logger()

    def __init__(
        self,
        talks: Talks,
        shared: Shared,
        tunnel: Callable[[], Tunnel] | None,
        ended: Callable[["Connection"], None],
        *,
        implicit_tls: bool = False,
    ) -> None:
        self.talks = talks
        self.peer = self.local = Peer("")
        self.door = ""  # through which it came, for the operator
        self.tls: Tls | None = None
        # Begins with the time: the stories' index grows at its end, not all over.
        self.trace = f"{int(time.time()):08x}{secrets.token_hex(3)}"
        self.transport: Any = None
        self._shared = shared
        self._make_tunnel = tunnel
        self._ended = ended
        self._implicit = implicit_tls
        self._phase = Phase.OPEN
        self._tunnel: Tunnel | None = None
        self._deflating: Deflating | None = None
        self._calm: Timer | None = None
        self._held = False  # nothing is read: what came before is still to be inflated
        self._out: deque[bytes] | None = None
        self._queued = 0
        self._rest = 0
        self._stuffed = self._paused = self._reading = self._waits_turn = False
        self._drained: list[Deferred[None]] | None = None
        self._timer: Timer | None = None
        self._guard: Timer | None = None
        self._failed: str | None = None

    # What Twisted calls.

    def makeConnection(self, transport: Any) -> None:  # noqa: N802 - Twisted's name
        """Begin: the handshake of an implicit TLS door, else the greeting."""
        self.transport = transport
        if not self.local.address:
            self.local = canonical(transport.getHost())
        if self.peer.port:
            transport.setTcpNoDelay(True)
            transport.setTcpKeepAlive(True)
        transport.registerProducer(self, True)
        if self._implicit:
            self.start_tls()
        else:
            self._in_turn(self.talks.connected, self)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hand the peer's octets to the session."""
        if self._phase in (Phase.CLOSING, Phase.LINGERING):
            self._drop(len(data))
        elif self._tunnel is None:
            self._take(data)
        else:
            self._decrypt(self._tunnel, data)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        """End: the session frees what it holds, waiting writers fail."""
        self._phase = Phase.GONE
        for timer in (self._timer, self._guard, self._calm):
            if timer is not None:
                self._shared.wheel.disarm(timer)
        self._timer = self._guard = self._calm = None
        self._tunnel = self._out = self._deflating = None
        self.transport = None
        drained, self._drained = self._drained, None
        self.talks.lost()
        for waiting in drained or ():
            waiting.errback(ConnectionError("connection lost"))
        self.log.debug(
            "connection ended: {why}", trace=self.trace, why=self._failed or str(reason.value)
        )
        self._ended(self)

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Wait with sending: the peer is slow. It must take what waits within a time."""
        self._stuffed = True
        self._guarded(self._shared.limits.stalled_seconds)

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Send again: the peer has taken everything that the kernel was given."""
        self._stuffed = False
        if self._phase is Phase.OPEN:
            self._unguarded()
        elif self._phase is Phase.CLOSING:
            self._guarded(self._shared.limits.stalled_seconds)
        self.flush()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Nothing: `connectionLost` follows."""

    # Link: what the session calls.

    def write(self, octets: bytes) -> None:
        """Send, after everything written before."""
        self.write_many((octets,))

    def write_many(self, pieces: Sequence[bytes]) -> None:
        """Send the pieces in order."""
        if self._phase not in (Phase.OPEN, Phase.HANDSHAKE):
            return
        if self._out is None:
            self._out = deque()
        self._out.extend(pieces)
        self._queued += sum(map(len, pieces))
        if not (self._reading or self._stuffed):
            self._soon()

    def start_tls(self) -> None:
        """Begin our side of the handshake after what was written."""
        if self._phase is not Phase.OPEN or self._tunnel is not None or self._make_tunnel is None:
            return
        while self._out:
            self.transport.write(self._out.popleft())
        self._queued = 0
        self._phase = Phase.HANDSHAKE
        self._guarded(self._shared.limits.handshake_seconds)
        self._tunnel = self._make_tunnel()
        self._tunnel.begin()
        if hello := self._tunnel.outgoing():
            self.transport.write(hello)

    @property
    def deflated(self) -> bool:
        """Whether both directions are compressed."""
        return self._deflating is not None

    def start_deflate(self) -> None:
        """Compress both directions after what was written (RFC 4978 §3)."""
        self._send_all()
        self._deflating = Deflating()
        self._calm = Timer(self._deflating.rest)

    def end_deflate(self) -> None:
        """Compress no more, after what was written (RFC 8437 §4.1)."""
        self._send_all()
        if self._calm is not None:
            self._shared.wheel.disarm(self._calm)
        self._deflating = self._calm = None

    def close(self) -> None:
        """Close after what was written has gone."""
        if self._phase is Phase.HANDSHAKE:
            self.abort()
        elif self._phase is Phase.OPEN:
            self._phase = Phase.CLOSING
            self.deadline(None)
            self.resume()
            self._guarded(self._shared.limits.stalled_seconds)
            if not self._reading:
                self.flush()

    def abort(self) -> None:
        """Drop the connection now."""
        if self.transport is not None:
            self._phase = Phase.LINGERING
            self.transport.abortConnection()

    def pause(self) -> None:
        """Stop reading from the peer."""
        if not self._paused and self.transport is not None:
            self._paused = True
            self.transport.pauseProducing()

    def resume(self) -> None:
        """Read again."""
        if self._paused and self.transport is not None:
            self._paused = False
            if self._held:
                self._soon()
            else:
                self.transport.resumeProducing()

    def deadline(self, seconds: float | None) -> None:
        """Call `Talks.timed_out` so many seconds from now; None: never."""
        if seconds is None or self._phase is Phase.GONE:
            if self._timer is not None:
                self._shared.wheel.disarm(self._timer)
        else:
            if self._timer is None:
                self._timer = Timer(self._timed_out)
            self._shared.wheel.arm(self._timer, seconds)

    @property
    def writable(self) -> bool:
        """False while more waits than a slow reader may hold."""
        return self._queued < self._shared.limits.output_octets

    def drained(self) -> Deferred[None]:
        """Wait until half of what may wait has gone."""
        if self.writable:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        if self._phase is Phase.GONE:
            waiting.errback(ConnectionError("connection lost"))
            return waiting
        if self._drained is None:
            self._drained = []
        self._drained.append(waiting)
        return waiting

    # Inside.

    def flush(self) -> None:
        """Send what waits, as far as the peer takes it."""
        self._waits_turn = False
        if self.transport is None or self._phase is Phase.HANDSHAKE:
            return
        if self._held and not self._paused:
            self._inflate()
        while self._out and not self._stuffed:
            self._send(self._piece(self._out))
        if self._out is not None and not self._out:
            self._out = None
        if self._drained and self._queued <= self._shared.limits.output_octets // 2:
            drained, self._drained = self._drained, None
            for waiting in drained:
                waiting.callback(None)
        if self._phase is Phase.CLOSING and not self._out and not self._stuffed:
            self._linger()

    def _piece(self, out: deque[bytes]) -> bytes:
        if len(out) == 1 or len(out[0]) >= PIECE_OCTETS:
            piece = out.popleft()
        else:
            pieces, octets = [], 0
            while out and octets < PIECE_OCTETS:
                pieces.append(out.popleft())
                octets += len(pieces[-1])
            piece = b"".join(pieces)
        self._queued -= len(piece)
        return piece

    def _soon(self) -> None:
        if not self._waits_turn:
            self._waits_turn = True
            self._shared.turn.soon(self)

    def _send_all(self) -> None:
        while self._out:
            self._send(self._piece(self._out))

    def _send(self, piece: bytes) -> None:
        if self._deflating is not None and self._calm is not None:
            piece = self._deflating.deflate(piece)
            self._shared.wheel.arm(self._calm, CALM_SECONDS)
        if self._tunnel is None:
            self._hand_over(piece)
            return
        try:
            self._tunnel.send(piece)
        except Broken as broken:
            self._broke("TLS", broken)
        else:
            self._hand_over(self._tunnel.outgoing())

    def _hand_over(self, octets: bytes) -> None:
        """Give octets to the kernel at once when nothing waits before them.

        Twisted would wait for the socket to be writable, which it nearly always is: a turn of the
        reactor and two calls of epoll for every answer.
        """
        transport = self.transport
        if isinstance(transport, FileDescriptor) and not (
            transport.dataBuffer or transport._tempDataBuffer  # noqa: SLF001 - no public way to ask
        ):
            sent = transport.writeSomeData(octets)
            # What is no number is an error, which the transport meets again in its own turn.
            if isinstance(sent, int) and sent > 0:
                octets = octets[sent:]
        if octets:
            transport.write(octets)

    def _decrypt(self, tunnel: Tunnel, octets: bytes) -> None:
        try:
            plain = tunnel.received(octets)
        except Broken as broken:
            self.transport.write(tunnel.outgoing())
            self._broke("TLS", broken)
            return
        if out := tunnel.outgoing():
            self.transport.write(out)
        if self._phase is Phase.HANDSHAKE and tunnel.established:
            self._secured(tunnel)
        if plain and self._phase is Phase.OPEN:
            self._take(plain)
        if tunnel.finished and self._phase is Phase.OPEN:
            self.close()

    def _take(self, octets: bytes) -> None:
        if self._deflating is None:
            self._in_turn(self.talks.received, octets)
        else:
            self._deflating.feed(octets)
            self._inflate()

    def _inflate(self) -> None:
        """Hand over what the peer compressed, as far as the session takes it in this turn."""
        deflating, given = self._deflating, 0
        held, self._held = self._held, False
        while deflating is not None and deflating.more and self._phase is Phase.OPEN:
            if self._paused or given > INFLATED_OCTETS:
                self._hold()
                return
            try:
                octets = deflating.inflate()
            except Broken as broken:
                self._broke("DEFLATE", broken)
                return
            given += len(octets) + INFLATING_OCTETS
            if octets:
                self._in_turn(self.talks.received, octets)
            if self._deflating is not deflating and (octets := deflating.end()):
                self._in_turn(self.talks.received, octets)
                break
        if self._calm is not None and self._phase is Phase.OPEN:
            self._shared.wheel.arm(self._calm, CALM_SECONDS)
        if held and not self._paused and self.transport is not None:
            self.transport.resumeProducing()

    def _hold(self) -> None:
        self._held = True
        self.transport.pauseProducing()
        if not self._paused:
            self._soon()

    def _secured(self, tunnel: Tunnel) -> None:
        self._phase = Phase.OPEN
        self._unguarded()
        self.tls = tunnel.agreed()
        if self._implicit:
            self._in_turn(self.talks.connected, self)
        else:
            self._in_turn(self.talks.secured)

    def _broke(self, layer: str, broken: Broken) -> None:
        self._failed = f"{layer}: {broken}"
        self._phase = Phase.CLOSING
        self._out = None
        self._linger()

    def _in_turn(self, call: Callable[..., None], *args: object) -> None:
        """Call the session; what it writes meanwhile leaves as one afterwards."""
        self._reading = True
        try:
            call(*args)
        except Exception:  # noqa: BLE001 - a session's bug ends its own connection only
            self.log.failure("session failed", trace=self.trace)
            self.abort()
        self._reading = False
        if self._out or self._phase is Phase.CLOSING:
            self.flush()

    def _linger(self) -> None:
        # Closing a socket with octets unread resets it, and our last words may be lost with
        # the peer's: so only our half is closed, and what still comes is dropped for a while.
        self._phase = Phase.LINGERING
        if self._tunnel is not None:
            self._tunnel.say_goodbye()
            self.transport.write(self._tunnel.outgoing())
        self._guarded(LINGER_SECONDS)
        self.transport.unregisterProducer()
        self.transport.loseWriteConnection()

    def _drop(self, octets: int) -> None:
        self._rest += octets
        if self._rest > REST_OCTETS:
            self.abort()

    def _guarded(self, seconds: float) -> None:
        if self._guard is None:
            self._guard = Timer(self._guard_expired)
        self._shared.wheel.arm(self._guard, seconds)

    def _unguarded(self) -> None:
        if self._guard is not None:
            self._shared.wheel.disarm(self._guard)

    def _guard_expired(self) -> None:
        self._failed = f"no progress ({self._phase.name.lower()})"
        self.abort()

    def _timed_out(self) -> None:
        if self._phase is Phase.OPEN:
            self._in_turn(self.talks.timed_out)
