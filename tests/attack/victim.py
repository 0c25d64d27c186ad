"""The suite that is attacked: a process of its own, looked at from outside."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from mailsuite.control.client import ask
from tests.interop.host import Host

PATIENCE_SECONDS = 60
ANYONE = ssl._create_unverified_context()
IMPLICIT = {"submissions", "imaps", "pop3s"}
MIB = 1024 * 1024

# Everything comes from one address here: what is counted by source is not what is tested.
MORE = """
[inbound]
trusted = ["127.0.0.0/8"]
[sign_in]
plaintext_from = ["127.0.0.0/8"]
[limits]
connections_per_address = 20000
connections_per_network = 20000
connections_per_account = 20000
connections = 20000
login_seconds = "1h"
handshake_seconds = "3s"
message_octets = "50M"
"""


class Victim(Host):
    """A running suite, and what the kernel says of its process."""

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def memory(self) -> int:
        """Octets that only this process uses and that could not be given back (RssAnon)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"RssAnon:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    def descriptors(self) -> list[str]:
        """What each open descriptor leads to."""
        names = []
        for path in Path(f"/proc/{self.pid}/fd").iterdir():
            with suppress(OSError):
                names.append(str(path.readlink()))
        return names

    def spools(self) -> list[str]:
        """Files without a name that messages lie in while they come."""
        return [name for name in self.descriptors() if name.endswith("(deleted)")]

    def figures(self) -> dict[str, int]:
        """`mailsuite status`."""
        found: dict[str, int] = ask(self.folder / "var", "status", {})["ok"]
        return found

    def connect(self, door: str) -> "Talk":
        """A new client at a door, greeted."""
        talk = Talk(self.socket(door))
        talk.greeting = talk.line()
        return talk

    def socket(self, door: str) -> socket.socket:
        """A new connection; where TLS comes first, its handshake is done."""
        plain = socket.create_connection((self.address, self.ports[door]), PATIENCE_SECONDS)
        if door in IMPLICIT:
            return ANYONE.wrap_socket(plain, server_hostname="mail.example.test")
        return plain

    def alive(self) -> None:
        """Somebody else is served by the process that has been there from the start."""
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-4000:]
        for door, said, answer in (
            ("smtp", b"NOOP\r\n", b"250"),
            ("imap", b"a NOOP\r\n", b"a OK"),
            ("pop3", b"CAPA\r\n", b"+OK"),
        ):
            with self.connect(door) as talk:
                talk.send(said)
                assert talk.line().startswith(answer)

    def unharmed(self) -> None:
        """Alive, no traceback in its log, and its reactor was never at work for over 50 ms."""
        self.alive()
        wrong = self.logged(r"traceback|level=critical")
        assert not wrong, wrong
        held = [line for line in self.logged("the reactor was held") if not _short(line)]
        assert not held, held

    def calm(self) -> None:
        """Wait until no connection of an attack is left."""
        eventually(lambda: self.figures()["connections"] == 0)


class Supervised(Victim):
    """The same by `mailsuite serve`: what serves is a child."""

    before: tuple[str, ...] = ()  # what the command line begins with

    def start(self) -> None:
        words = [sys.executable, "-P", "-m", "mailsuite.cli.main", "--config", str(self.config)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.before, *words, "serve"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        self.wait()

    def stop(self) -> int:
        """SIGTERM to the supervisor, whatever runs it."""
        status = Path(f"/proc/{self.figures()['pid']}/status").read_text()
        parent = re.search(r"PPid:\s+(\d+)", status)
        assert parent is not None
        os.kill(int(parent[1]), signal.SIGTERM)
        assert self.process is not None
        return self.process.wait(timeout=40)


def _short(line: str) -> bool:
    found = re.search(r" working=(\d+)", line)
    return found is not None and int(found[1]) <= 50


class Talk:
    """One client."""

    def __init__(self, link: socket.socket) -> None:
        self.socket = link
        self.greeting = b""
        self._lines = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def line(self) -> bytes:
        """The next line with its end; nothing when the server has hung up."""
        while b"\n" not in self._lines:
            octets = self.socket.recv(65536)
            if not octets:
                rest, self._lines = self._lines, b""
                return rest
            self._lines += octets
        line, _, self._lines = self._lines.partition(b"\n")
        return line + b"\n"

    def until(self, pattern: bytes) -> list[bytes]:
        """Lines up to the first that matches."""
        lines = []
        while True:
            lines.append(self.line())
            assert lines[-1], f"hung up before {pattern!r}: {lines[-20:]}"
            if re.match(pattern, lines[-1]):
                return lines

    def rest(self) -> bytes:
        """All until the server hangs up."""
        pieces = [self._lines]
        self._lines = b""
        with suppress(ConnectionError):
            while octets := self.socket.recv(65536):
                pieces.append(octets)
        return b"".join(pieces)

    def flood(self, octets: int, piece: bytes = b"x" * 65536) -> int:
        """Send so much without a line's end; returns what went before the server hung up."""
        sent = 0
        with suppress(ConnectionError, ssl.SSLError):
            while sent < octets:
                self.socket.sendall(piece)
                sent += len(piece)
        return sent


def eventually(told: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not told():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
