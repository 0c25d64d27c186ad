"""Doors: where connections come in, how many may, and how they are asked to go.

An endpoint is one of Twisted's descriptions (`tcp:25`, `unix:/run/lmtp`, `systemd:domain=INET:…`).
TLS is ours to add, so that certificates can be replaced; `haproxy:` is believed from the
configured balancers only.
"""

import socket
from collections.abc import Callable, Sequence
from typing import Any

from attrs import field, frozen
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailsuite.wire.adopting import accept_from
from mailsuite.wire.census import Census
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Network, Peer, Talks
from mailsuite.wire.proxy import NoHeader, parse
from mailsuite.wire.shared import Shared, Turn, canonical
from mailsuite.wire.standing import Standing
from mailsuite.wire.tallies import LocalTallies, Tallies
from mailsuite.wire.timers import Timer
from mailsuite.wire.transport import Connection
from mailsuite.wire.tunnel import Tunnel

PROXY_SECONDS = 5
STOP_SECONDS = 25  # for what is in hand when the host stops
REFUSALS_PER_SECOND = 200  # then accepting pauses: a flood costs no more than this
BACK_OFF_SECONDS = 1


class BadEndpoint(ValueError):  # noqa: N818 - named for what happened
    """An endpoint description that cannot be listened on; the words say why."""


@frozen
class Door:
    """What answers at an endpoint.

    Attributes:
        name: as in `[listen]`: `smtp`, `submissions`, …
        make: a session for a new connection.
        tunnel: the server's side of TLS; None: no TLS at all.
        implicit_tls: the handshake comes before the greeting.
        refusal: the words for a connection that is one too many, by the reason given.
    """

    name: str
    make: Callable[[], Talks]
    tunnel: Callable[[], Tunnel] | None
    refusal: Callable[[str], bytes]
    implicit_tls: bool = field(default=False, kw_only=True)


# Connections that may wait to be accepted. With Twisted's 50, a burst of 64 clients overflows the
# kernel's queue, and each that finds no place tries again after a second.
BACKLOG = 1024


@frozen
class Endpoint:
    """A description, read."""

    descriptions: tuple[str, ...]  # Twisted's; the first that can be listened on is enough
    proxied: bool


def read_endpoint(description: str, proxies: Sequence[Network]) -> Endpoint:
    """Read an endpoint description.

    Raises:
        BadEndpoint: with one sentence for the person who wrote the configuration.
    """
    prefix, _, rest = description.partition(":")
    if prefix in ("tls", "ssl"):
        raise BadEndpoint(
            f"{description!r} begins with {prefix!r}: TLS is set up in [tls]; write 'tcp:…' and"
            " list it under the door that speaks TLS from the start (imaps, submissions, pop3s)"
        )
    proxied = prefix == "haproxy"
    if proxied:
        if not proxies:
            raise BadEndpoint(
                f"{description!r} needs [inbound] proxies = […]: the networks of the balancers"
            )
        return Endpoint(read_endpoint(rest, proxies).descriptions, proxied=True)
    arguments = rest.split(":")
    if prefix in ("tcp", "unix") and not any(a.startswith("backlog=") for a in arguments):
        description = f"{description}:backlog={BACKLOG}"
    if prefix == "tcp" and not any(argument.startswith("interface=") for argument in arguments):
        # A socket on :: takes both families on Linux; where IPv6 is off, IPv4 alone.
        return Endpoint((rf"{description}:interface=\:\:", description), proxied=False)
    return Endpoint((description,), proxied=False)


async def listen_at(reactor: Any, description: str, endpoint: Endpoint, factory: Any) -> list[Any]:
    """Listen; returns Twisted's ports.

    Raises:
        BadEndpoint: the description is wrong.
        CannotListenError: the address is taken, or may not be taken.
    """
    failed: Exception | None = None
    ports: list[Any] = []
    for one in endpoint.descriptions:
        try:
            listening = serverFromString(reactor, one)
        except (ValueError, TypeError, KeyError) as error:
            raise BadEndpoint(f"{description!r} is no endpoint: {error}") from error
        try:
            ports.append(await listening.listen(factory))
        except Exception as error:  # noqa: BLE001 - Twisted raises what the system says
            failed = failed or error
            continue
        if is_dual(ports[-1]):
            break
    if not ports and failed is not None:
        raise failed
    return ports


class Listeners:
    """All doors of a process.

    Args:
        reactor: Twisted's.
        proxies: networks whose PROXY header is believed at a `haproxy:` endpoint.
        tallies: where connections are counted; None: in this process.
        turn: the reactor's, where threads bring their results to it; None: one of its own.
    """

    log = Logger()

    def __init__(
        self,
        reactor: Any,
        limits: Limits,
        proxies: Sequence[Network] = (),
        tallies: Tallies | None = None,
        turn: Turn | None = None,
    ) -> None:
        self._reactor = reactor
        self.proxies = tuple(proxies)
        self.connection: type[Connection] = Connection
        self.shared = Shared(reactor, limits, turn or Turn(reactor))
        self.census = Census(limits, tallies or LocalTallies(reactor.seconds))
        self._ports: list[Any] = []
        self._connections: set[Connection] = set()
        self._emptied: Deferred[None] | None = None
        self._refused = 0
        self._refused_since = 0.0
        self._pausing = False

    async def open(self, door: Door, description: str) -> Any:
        """Listen; returns Twisted's port.

        Raises:
            BadEndpoint: the description is wrong.
            CannotListenError: the address is taken, or may not be taken.
        """
        endpoint = read_endpoint(description, self.proxies)
        factory = _Factory(self, door, proxied=endpoint.proxied)
        ports = await listen_at(self._reactor, description, endpoint, factory)
        self._ports += ports
        return ports[-1]

    def adopt(self, door: Door, listening: socket.socket, *, proxied: bool) -> None:
        """Take connections from a socket that listens already, in turn with other workers."""
        factory = _Factory(self, door, proxied=proxied)
        self._ports.append(accept_from(self._reactor, listening, factory))

    async def stop(self) -> None:
        """Take no more, let every session finish what it has in hand, then end the rest."""
        ports, self._ports = self._ports, []
        for port in ports:
            await maybeDeferred(port.stopListening)
        for connection in tuple(self._connections):
            connection.talks.stopping()
        if self._connections:
            self._emptied = emptied = Deferred[None]()
            late = self._reactor.callLater(STOP_SECONDS, self._end)
            await emptied
            if late.active():
                late.cancel()
        self.shared.wheel.stop()

    def _end(self) -> None:
        self.log.warn("{count} connections ended unfinished", count=len(self._connections))
        for connection in tuple(self._connections):
            connection.abort()

    @property
    def standing(self) -> Standing:
        """The sessions that stand, for the operator."""
        return Standing(self._connections)

    # For the factory.

    def came(self, door: Door, peer: Peer) -> Connection | None:
        """Return the connection for a peer, or None when it is one too many."""
        if self.census.refuses(peer) is not None:
            return None
        connection = self.connection(
            door.make(), self.shared, door.tunnel, self._went, implicit_tls=door.implicit_tls
        )
        connection.peer = peer
        connection.door = door.name
        self.census.came(peer)
        self._connections.add(connection)
        return connection

    def _went(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self.census.went(connection.peer)
        if self._emptied is not None and not self._connections:
            emptied, self._emptied = self._emptied, None
            emptied.callback(None)

    def refused(self, door: Door, peer: Peer, reason: str) -> None:
        """Note a refusal; in a flood of them accepting pauses for a while."""
        now = self._reactor.seconds()
        if now - self._refused_since >= 1:
            self._refused_since, self._refused = now, 0
            self.log.info("{door}: {peer}: {why}", door=door.name, peer=peer.address, why=reason)
        self._refused += 1
        if self._refused >= REFUSALS_PER_SECOND and not self._pausing:
            self._pausing = True
            for port in self._ports:
                port.stopReading()
            self._reactor.callLater(BACK_OFF_SECONDS, self._accept_again)

    def _accept_again(self) -> None:
        self._pausing = False
        for port in self._ports:
            port.startReading()


class _Factory(ServerFactory):
    """Makes connections for one door."""

    noisy = False

    def __init__(self, listeners: Listeners, door: Door, *, proxied: bool) -> None:
        self._listeners = listeners
        self._door = door
        self._proxied = proxied

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: N802 - Twisted's name
        """Return what takes the accepted connection."""
        assert addr is not None
        peer = canonical(addr)
        if self._proxied and self._listed(peer):
            return _Preface(self._listeners, self._door)
        return self._listeners.came(self._door, peer) or _Refusal(self._listeners, self._door, peer)

    def _listed(self, peer: Peer) -> bool:
        return not peer.port or peer.within(self._listeners.proxies)


class _Refusal(Protocol):
    """Says that there are too many, and hangs up; keeps nothing."""

    def __init__(self, listeners: Listeners, door: Door, peer: Peer) -> None:
        self._listeners = listeners
        self._door = door
        self._peer = peer

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Refuse. In TLS it would cost a handshake to say so: only hang up."""
        transport: Any = self.transport
        reason = self._listeners.census.refuses(self._peer) or "Too many connections"
        if not self._door.implicit_tls:
            transport.write(self._door.refusal(reason))
        transport.loseConnection()
        self._listeners.refused(self._door, self._peer, reason)


class _Preface(Protocol):
    """Reads a balancer's PROXY header, then makes way for the connection it speaks for."""

    def __init__(self, listeners: Listeners, door: Door) -> None:
        self._listeners = listeners
        self._door = door
        self._octets = b""
        self._timer = Timer(self._late)

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Give the balancer a few seconds."""
        self._listeners.shared.wheel.arm(self._timer, PROXY_SECONDS)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take in the header, and pass on what follows it."""
        transport: Any = self.transport
        self._octets += data
        try:
            header = parse(self._octets)
        except NoHeader:
            self._listeners.log.warn("no PROXY header from {peer}", peer=transport.getPeer())
            transport.abortConnection()
            return
        if header is None:
            return
        self._listeners.shared.wheel.disarm(self._timer)
        peer = header.peer or canonical(transport.getPeer())
        following: Any = self._listeners.came(self._door, peer) or _Refusal(
            self._listeners, self._door, peer
        )
        if header.local is not None and isinstance(following, Connection):
            following.local = header.local
        transport.protocol = following
        following.makeConnection(transport)
        if rest := self._octets[header.length :]:
            following.dataReceived(rest)

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: ARG002, N802 - Twisted's name
        """Forget the deadline."""
        self._listeners.shared.wheel.disarm(self._timer)

    def _late(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()


def is_dual(port: Any) -> bool:
    """Tell whether a listening port on :: takes IPv4 too (`net.ipv6.bindv6only` is 0)."""
    if port.socket.family != socket.AF_INET6:
        return False
    return not port.socket.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
