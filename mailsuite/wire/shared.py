"""What all connections of a process have in common: limits, timers, and the turn's end."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Protocol

from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.timers import Clock, Wheel


class Flushes(Protocol):
    """A connection that has written something."""

    def flush(self) -> None:
        """Send it."""


class Turn:
    """The end of a turn: connections that wrote outside a read are flushed, then the log is told.

    What threads give back is a turn of its own (`callFromThread`), so that an answer leaves as soon
    as it is made, and before anything is written down about it. For what else there is, one delayed
    call serves all of a turn.

    Args:
        reactor: Twisted's; a `Clock` where no thread brings anything.
    """

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self._waiting: list[Flushes] = []
        self._afterwards: list[Callable[[], None]] = []
        self._ends = False  # the end of this turn will come by itself

    def soon(self, connection: Flushes) -> None:
        """Flush before the reactor waits for the network again."""
        self._waiting.append(connection)
        self._will_end()

    def afterwards(self, call: Callable[[], None]) -> None:
        """Call once everything is flushed."""
        self._afterwards.append(call)
        self._will_end()

    def callFromThread(  # noqa: N802 - Twisted's name
        self,
        callable: Callable[..., object],  # noqa: A002 - Twisted's name
        *args: object,
        **kwargs: object,
    ) -> None:
        """From any thread: call it on the reactor thread, in a turn of its own."""
        self.reactor.callFromThread(self._called, callable, args, kwargs)

    def _called(
        self,
        called: Callable[..., object],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> None:
        ends, self._ends = self._ends, True
        try:
            called(*args, **kwargs)
        finally:
            self._ends = ends
            self._end()

    def _will_end(self) -> None:
        if not self._ends:
            self._ends = True
            self.reactor.callLater(0, self._delayed)

    def _delayed(self) -> None:
        self._ends = False
        self._end()

    def _end(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            connection.flush()
        afterwards, self._afterwards = self._afterwards, []
        for call in afterwards:
            call()


class Shared:
    """What all connections of a process have in common."""

    def __init__(self, clock: Clock, limits: Limits, turn: Turn) -> None:
        self.limits = limits
        self.wheel = Wheel(clock)
        self.turn = turn


def canonical(address: object) -> Peer:
    """Return one end of a connection: IPv4 as IPv4, also from a socket on ::."""
    host, port = getattr(address, "host", None), getattr(address, "port", 0)
    if host is None:
        name = getattr(address, "name", None) or b""
        return Peer(f"unix:{name.decode(errors='replace') if isinstance(name, bytes) else name}")
    numeric = ip_address(host.partition("%")[0])
    mapped = getattr(numeric, "ipv4_mapped", None)
    return Peer(str(mapped or numeric), port)
