"""Accepting from a socket that others accept from too: one connection a turn.

Twisted's own ports take up to a hundred at once, so that of a burst of 64 one worker got 58. They
also set a socket's mode and backlog anew, and remove its file at the end: here all that is the
supervisor's, who bound it.
"""

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet import tcp, unix
from twisted.python.failure import Failure

from mailsuite.wire.transport import Connection


def attentive(catch_up: Callable[[], None]) -> type[Connection]:
    """Connections that know what other workers announced before what they received is looked at."""

    class Attentive(Connection):
        __slots__ = ()

        def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
            # Only now: it was announced before its author got the answer on which this may build.
            catch_up()
            super().dataReceived(data)

    return Attentive


def accept_from(reactor: Any, listening: socket.socket, factory: Any) -> Any:
    """Accept from a listening socket; returns a Twisted port that leaves the socket as it is."""
    listening.setblocking(False)
    name = listening.getsockname()
    port: Any
    if listening.family == socket.AF_UNIX:
        port = _Unix(name, factory, reactor=reactor)
    else:
        # The interface tells it which family its peers' addresses are of.
        port = _Tcp(name[1], factory, interface=name[0], reactor=reactor)
        port._realPortNumber = name[1]  # noqa: SLF001 - `startListening` of a base does this
    tcp._reservedFD.reserve()  # noqa: SLF001 - and this: a descriptor for when there is none
    factory.doStart()
    # At its end it is closed here alone: a shutdown would close it for every worker.
    port._shouldShutdown = False  # noqa: SLF001 - Twisted's own ports always own their sockets
    port.connected = True
    port.socket = listening
    port.fileno = listening.fileno
    port.startReading()
    return port


class _Tcp(tcp.Port):
    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        self.numberAccepts = 1
        super().doRead()  # type: ignore[no-untyped-call]


class _Unix(unix.Port):
    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        self.numberAccepts = 1
        super().doRead()  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        tcp.Port.connectionLost(self, reason)
