"""What all connections of a process have in common: limits, timers, and the turn's end."""

from ipaddress import ip_address
from typing import Protocol

from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.timers import Clock, Wheel


class Flushes(Protocol):
    """A connection that has written something."""

    def flush(self) -> None:
        """Send it."""


class Turn:
    """Flushes every connection that wrote outside a read: one delayed call for all of a turn."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[Flushes] = []

    def soon(self, connection: Flushes) -> None:
        """Flush before the reactor waits for the network again."""
        if not self._waiting:
            self._clock.callLater(0, self._run)
        self._waiting.append(connection)

    def _run(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            connection.flush()


class Shared:
    """What all connections of a process have in common."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self.limits = limits
        self.wheel = Wheel(clock)
        self.turn = Turn(clock)


def canonical(address: object) -> Peer:
    """Return one end of a connection: IPv4 as IPv4, also from a socket on ::."""
    host, port = getattr(address, "host", None), getattr(address, "port", 0)
    if host is None:
        name = getattr(address, "name", None) or b""
        return Peer(f"unix:{name.decode(errors='replace') if isinstance(name, bytes) else name}")
    numeric = ip_address(host.partition("%")[0])
    mapped = getattr(numeric, "ipv4_mapped", None)
    return Peer(str(mapped or numeric), port)
