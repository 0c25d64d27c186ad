"""Doors on loopback: who gets in, who is told to come later, and how it all stops."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString
from twisted.internet.protocol import Factory, Protocol

from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Link
from mailsuite.wire.listening import BACKLOG, BadEndpoint, Door, Listeners, read_endpoint
from mailsuite.wire.tls import Certificates, self_signed

LOOPBACK = [ip_network("127.0.0.0/8")]
ANY_PORT = r"tcp:0:interface=127.0.0.1"


class Talker:
    """Says whom it sees, repeats what it hears, and takes a while to stop."""

    link: Link

    def connected(self, link: Link) -> None:
        self.link = link
        link.write(f"{link.peer.address} to {link.local.port}\r\n".encode())

    def received(self, octets: bytes) -> None:
        self.link.write(octets)

    def secured(self) -> None:
        pass

    def timed_out(self) -> None:
        self.link.close()

    def stopping(self) -> None:
        self.link.write(b"bye\r\n")
        self.link.close()

    def lost(self) -> None:
        pass


class Caller(Protocol):
    """A client that waits for what it wants to hear."""

    def __init__(self) -> None:
        self.heard = b""
        self.ended = False
        self._waiting: tuple[bytes | None, Deferred[bytes]] | None = None

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self.heard += data
        self._look()

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802 - Twisted's name
        self.ended = True
        self._look()

    def until(self, text: bytes | None) -> Deferred[bytes]:
        """Wait for the text; None: for the end."""
        waiting: Deferred[bytes] = Deferred()
        self._waiting = (text, waiting)
        self._look()
        return waiting

    def _look(self) -> None:
        if self._waiting is not None:
            text, waiting = self._waiting
            if self.ended or (text is not None and text in self.heard):
                self._waiting = None
                waiting.callback(self.heard)


Opens = Callable[..., Awaitable[Any]]


class Doors:
    def __init__(self, tmp_path: Path) -> None:
        self.listeners = Listeners(reactor, Limits())
        self.certificates = Certificates([self_signed(tmp_path, "x.example", datetime.now(UTC))])
        self.callers: list[Caller] = []

    async def open(self, description: str = ANY_PORT, **limits: int) -> int:
        door = Door(
            "smtp",
            Talker,
            lambda: self.certificates.tunnel(b"smtp"),
            lambda why: b"421 " + why.encode() + b"\r\n",
        )
        if limits:
            self.listeners = Listeners(reactor, Limits(**limits), LOOPBACK)
        port = await self.listeners.open(door, description)
        number: int = port.getHost().port
        return number

    async def call(self, port: int, host: str = "127.0.0.1") -> Caller:
        endpoint = clientFromString(reactor, f"tcp:{host}:{port}")
        caller: Caller = await endpoint.connect(Factory.forProtocol(Caller))
        self.callers.append(caller)
        return caller


@pytest_twisted.async_yield_fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    made = Doors(tmp_path)
    yield made
    for caller in made.callers:
        if not caller.ended:
            transport: Any = caller.transport
            transport.abortConnection()
            await caller.until(None)
    await made.listeners.stop()
    assert made.listeners.census.total == 0


@pytest_twisted.ensureDeferred
async def test_a_plain_port_takes_both_families(doors: Doors) -> None:
    port = await doors.open("tcp:0")
    four = await doors.call(port)
    assert (await four.until(b"\r\n")).startswith(b"127.0.0.1 to ")
    six = await doors.call(port, r"\:\:1")
    assert (await six.until(b"\r\n")).startswith(b"::1 to ")


@pytest.mark.threat("R3")
@pytest_twisted.ensureDeferred
async def test_one_too_many_is_told_so(doors: Doors) -> None:
    port = await doors.open(connections_per_address=2)
    two = [await doors.call(port) for _ in range(2)]
    for caller in two:
        await caller.until(b"\r\n")
    third = await doors.call(port)
    assert await third.until(None) == b"421 Too many connections from your address\r\n"
    transport: Any = two[0].transport
    transport.abortConnection()
    await two[0].until(None)
    while doors.listeners.census.total > 1:
        waiting: Deferred[None] = Deferred()
        reactor.callLater(0, waiting.callback, None)  # type: ignore[arg-type]
        await waiting
    again = await doors.call(port)
    assert b"to" in await again.until(b"\r\n")


@pytest.mark.threat("R3")
@pytest_twisted.ensureDeferred
async def test_a_flood_costs_little(doors: Doors) -> None:
    """Refused connections keep nothing, and those that are inside go on being served."""
    port = await doors.open(connections_per_address=1)
    inside = await doors.call(port)
    await inside.until(b"\r\n")
    for _ in range(150):
        await (await doors.call(port)).until(None)
    transport: Any = inside.transport
    transport.write(b"still here")
    await inside.until(b"still here")
    assert doors.listeners.census.total == 1


@pytest.mark.threat("W12")
@pytest.mark.threat("A15")
@pytest_twisted.ensureDeferred
async def test_proxy_headers_are_believed_from_balancers_only(doors: Doors) -> None:
    port = await doors.open("haproxy:" + ANY_PORT, connections=100)
    header = b"PROXY TCP4 192.0.2.7 198.51.100.1 5678 25\r\nhello"
    caller = await doors.call(port)
    transport: Any = caller.transport
    transport.write(header[:20])
    transport.write(header[20:])
    assert await caller.until(b"hello") == b"192.0.2.7 to 25\r\nhello"
    liar = await doors.call(port)
    transport = liar.transport
    transport.write(b"EHLO x\r\n")
    assert await liar.until(None) == b""
    doors.listeners.proxies = ()
    stranger = await doors.call(port)
    transport = stranger.transport
    transport.write(header)
    assert (await stranger.until(b"hello")).startswith(b"127.0.0.1 to ")


@pytest.mark.threat("O6")
@pytest_twisted.ensureDeferred
async def test_stopping_says_goodbye_to_everybody(doors: Doors) -> None:
    port = await doors.open()
    callers = [await doors.call(port) for _ in range(3)]
    for caller in callers:
        await caller.until(b"\r\n")
    stopping = Deferred.fromCoroutine(doors.listeners.stop())
    for caller in callers:
        assert (await caller.until(None)).endswith(b"bye\r\n")
    await stopping
    assert doors.listeners.shared.wheel.armed == 0


@pytest_twisted.ensureDeferred
async def test_a_local_socket(doors: Doors, tmp_path: Path) -> None:
    path = tmp_path / "door"
    door = Door("smtp", Talker, None, lambda why: why.encode())
    await doors.listeners.open(door, f"unix:{path}")
    endpoint = clientFromString(reactor, f"unix:{path}")
    caller: Caller = await endpoint.connect(Factory.forProtocol(Caller))
    doors.callers.append(caller)
    assert (await caller.until(b"\r\n")).startswith(b"unix:")


@pytest.mark.parametrize("description", ["tls:25", "ssl:993:privateKey=x", "haproxy:tcp:25"])
def test_endpoints_that_are_refused_with_a_sentence(description: str) -> None:
    with pytest.raises(BadEndpoint, match=r"\[(tls|inbound)\]"):
        read_endpoint(description, [])


@pytest_twisted.ensureDeferred
async def test_nonsense_is_no_endpoint(doors: Doors) -> None:
    for description in ("tcp:x", "nonsense:1", "tcp"):
        with pytest.raises(BadEndpoint):
            await doors.open(description)


def test_a_burst_of_clients_finds_a_place_to_wait() -> None:
    """Unless the operator says how many may wait, it is more than Twisted's 50."""
    for given in ("tcp:25", "tcp:25:interface=127.0.0.1", "unix:/run/x"):
        endpoint = read_endpoint(given, [])
        assert all(f":backlog={BACKLOG}" in one for one in endpoint.descriptions)
    assert read_endpoint("tcp:25:backlog=7:interface=::1", []).descriptions == (
        "tcp:25:backlog=7:interface=::1",
    )
    assert read_endpoint("systemd:domain=INET:index=0", []).descriptions == (
        "systemd:domain=INET:index=0",
    )
