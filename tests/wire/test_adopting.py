"""Accepting from a socket that several workers accept from."""

import socket
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol

from mailsuite.wire.adopting import accept_from, attentive
from mailsuite.wire.shared import canonical
from mailsuite.wire.transport import Connection


class Accepting(Factory):
    """Tells who came, and hangs up."""

    noisy = False

    def __init__(self) -> None:
        self.came: list[str] = []
        self.next: Deferred[None] = Deferred()

    def buildProtocol(self, addr: Any) -> Protocol | None:  # noqa: N802 - Twisted's name
        self.came.append(canonical(addr).address)
        following, self.next = self.next, Deferred()
        following.callback(None)
        return None


@pytest_twisted.ensureDeferred
async def test_peers_of_both_families_have_their_addresses() -> None:
    listening = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    factory = Accepting()
    port = accept_from(reactor, listening, factory)
    for address in ("127.0.0.1", "::1"):
        following = factory.next
        with socket.create_connection((address, listening.getsockname()[1])):
            await following
    assert factory.came == ["127.0.0.1", "::1"]
    await port.stopListening()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
@pytest_twisted.ensureDeferred
async def test_a_worker_that_stops_leaves_the_door_open(
    family: socket.AddressFamily, tmp_path: Path
) -> None:
    path = tmp_path / "door.sock"
    with socket.socket(family) as bound:
        bound.bind(("127.0.0.1", 0) if family == socket.AF_INET else str(path))
        bound.listen(100)
        if family == socket.AF_UNIX:
            path.chmod(0o660)
        factory = Accepting()
        port = accept_from(reactor, bound.dup(), factory)
        following = factory.next
        with socket.socket(family) as peer:
            peer.connect(bound.getsockname())
            await following
        await port.stopListening()
        with socket.socket(family) as peer:
            peer.connect(bound.getsockname())  # waits for another worker
        assert family == socket.AF_INET or path.stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
@pytest_twisted.ensureDeferred
async def test_a_turn_takes_one_connection(family: socket.AddressFamily, tmp_path: Path) -> None:
    """The others are for other workers: a burst is shared."""
    listening = socket.socket(family)
    listening.bind(("127.0.0.1", 0) if family == socket.AF_INET else str(tmp_path / "door.sock"))
    listening.listen(100)
    peers = [socket.socket(family) for _ in range(5)]
    for peer in peers:
        peer.connect(listening.getsockname())
    factory = Accepting()
    port = accept_from(reactor, listening, factory)
    for turn in range(1, 4):
        port.doRead()
        assert len(factory.came) == turn
    for peer in peers:
        peer.close()
    await port.stopListening()


def test_what_others_announced_is_known_before_what_was_received_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[object] = []
    monkeypatch.setattr(Connection, "dataReceived", lambda _, octets: told.append(octets))
    kind = attentive(lambda: told.append("caught up"))
    kind.__new__(kind).dataReceived(b"a NOOP\r\n")
    assert told == ["caught up", b"a NOOP\r\n"]
