"""The server's end of the control socket: only its own user and root are answered."""

import json
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailsuite.control.protocol import NAME, REQUEST_OCTETS, address
from mailsuite.control.verbs import Parts, answer, load

CONNECTIONS = 20  # at once: people and scripts, not the network


def peer_uid(connection: socket.socket) -> int:
    """The user at the other end, from the kernel (unix(7), SO_PEERCRED)."""
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    )
    return int(uid)


class Controlled(Protocol):
    """One connection: one request, one answer."""

    log = Logger()

    def __init__(self, parts: Parts, ended: Callable[[], None]) -> None:
        self._parts = parts
        self._ended = ended
        self._received = bytearray()
        self._asked = False

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Look who it is before a word is read: the mode of the socket is not enough."""
        transport: Any = self.transport
        if peer_uid(transport.getHandle()) not in (os.geteuid(), 0):
            self.log.warn("a stranger at the control socket was sent away")
            transport.abortConnection()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Collect the one line, then answer it."""
        if self._asked:
            return
        self._received += data
        if len(self._received) > REQUEST_OCTETS:
            self._say({"error": "The request is too long."})
        elif self._received.endswith(b"\n"):
            self._asked = True
            self._answer()

    def _answer(self) -> None:
        try:
            request = json.loads(self._received)
            assert isinstance(request, dict)
        except (ValueError, AssertionError, RecursionError):
            self._say({"error": "The request is no JSON object."})
            return
        finally:
            self._received.clear()  # it may hold a password
        running: Deferred[Any] = maybeDeferred(Deferred.fromCoroutine, answer(self._parts, request))
        running.addCallback(self._say)

    def _say(self, words: dict[str, Any]) -> None:
        self._asked = True
        transport: Any = self.transport
        transport.write(json.dumps(words).encode() + b"\n")
        transport.loseConnection()

    def connectionLost(  # noqa: N802 - Twisted's name
        self,
        reason: Failure = connectionDone,  # noqa: ARG002 - how it ended is no news
    ) -> None:
        """Count one less."""
        self._ended()


class Control(Factory):
    """Makes connections, a few at a time."""

    noisy = False

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._open = 0

    def buildProtocol(  # noqa: N802 - Twisted's name
        self,
        addr: object,  # noqa: ARG002 - a path, and no news
    ) -> Controlled | None:
        """One more connection, or none when too many are open."""
        if self._open >= CONNECTIONS:
            return None
        self._open += 1
        return Controlled(self._parts, self._closed)

    def _closed(self) -> None:
        self._open -= 1


def listen(reactor: Any, data_dir: Path, parts: Parts) -> Any:
    """Listen on `data_dir`'s control socket, mode 0600; the lock on data_dir is held already."""
    load()  # not while somebody waits
    (data_dir / NAME).unlink(missing_ok=True)  # a killed server's
    with address(data_dir) as path:
        return reactor.listenUNIX(path, Control(parts), mode=0o600)
