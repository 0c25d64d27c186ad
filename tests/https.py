"""A small HTTPS server on loopback whose answers a test writes.

By hand: `python -m tests.https CERTIFICATE KEY ADDRESS PORT FOLDER` serves the files of a folder,
`HOST/PATH` each, and keeps what is posted as `posted-N` there.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import DefaultOpenSSLContextFactory

from mailsuite.wire.tls import Pair

Answers = Callable[[bytes, bytes, bytes], bytes | None]  # method, path, body


def ok(body: bytes, kind: bytes = b"text/plain", *, status: bytes = b"200 OK") -> bytes:
    """A whole answer."""
    head = b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (status, kind, len(body)) + body


class Https:
    """Answers with what `answers` gives for method, path and body; None: never."""

    def __init__(
        self,
        reactor: Any,
        pair: Pair,
        answers: Answers,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.asked: list[tuple[bytes, bytes, bytes]] = []
        self.hosts: list[bytes] = []
        self.connections: list[_Http] = []
        self.answers = answers
        factory: Any = Factory.forProtocol(lambda: _Http(self))
        factory.noisy = False
        context = DefaultOpenSSLContextFactory(str(pair.key), str(pair.certificate))
        self._port = reactor.listenSSL(port, factory, context, interface=address)
        self.port: int = self._port.getHost().port

    def close(self) -> Any:
        """Stop; returns a Deferred."""
        for connection in self.connections:
            transport: Any = connection.transport
            if not connection.ended:
                transport.abortConnection()
        return self._port.stopListening()


class _Http(Protocol):
    def __init__(self, server: Https) -> None:
        self.server = server
        self.octets = b""
        self.ended = False
        server.connections.append(self)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802 - Twisted
        self.ended = True

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted
        self.octets += data
        head, end, body = self.octets.partition(b"\r\n\r\n")
        if not end:
            return
        lines = head.split(b"\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in lines[1:])
        if len(body) < int(fields.get(b"content-length", b"0")):
            return
        method, path, _ = lines[0].split(b" ")
        self.server.asked.append((method, path, body))
        self.server.hosts.append(fields.get(b"host", b""))
        answer = self.server.answers(method, path, body)
        if answer is not None:
            transport: Any = self.transport
            transport.write(answer)
            transport.loseConnection()


def main(words: Sequence[str]) -> None:
    """Serve a folder."""
    from twisted.internet import reactor  # noqa: PLC0415 - installed at import: by hand only

    certificate, key, address, port, folder = words
    root = Path(folder)
    posted = 0

    def answers(method: bytes, path: bytes, body: bytes) -> bytes:
        nonlocal posted
        host = server.hosts[-1].decode().partition(":")[0]
        file = root / host / path.decode().removeprefix("/")
        if method == b"POST":
            posted += 1
            (root / f"posted-{posted}").write_bytes(body)
            return ok(b"")
        return ok(file.read_bytes()) if file.exists() else ok(b"", status=b"404 Not found")

    server = Https(reactor, Pair(Path(certificate), Path(key)), answers, address, int(port))
    installed: Any = reactor
    installed.run()


if __name__ == "__main__":
    main(sys.argv[1:])
