"""A whole suite in a folder of its own, on free loopback ports, run as its owner would run it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mailsuite.control.client import ask

DOORS = ("smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s")
READY_SECONDS = 60
# All that comes is from one address, which has no name that leads back.
ALONE = {
    "[repute]": 'greylist = "off"\n',
    "[rates]": "".join(
        f'{what}_per_{whose} = ""\n'
        for what in ("connections", "messages", "recipients")
        for whose in ("address", "network")
    )
    + 'messages_per_sender = ""\nrecipients_per_sender = ""\n',
}


def free_ports(count: int, address: str = "127.0.0.1") -> list[int]:
    """Ports that nobody listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind((address, 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Host:
    """One suite: its configuration, its accounts, its process.

    Args:
        more: configuration beside the listeners, as TOML; top-level keys first.
        ports: by door; free ones where absent.
    """

    def __init__(
        self,
        folder: Path,
        domain: str,
        *,
        address: str = "127.0.0.1",
        ports: dict[str, int] | None = None,
        more: str = "",
    ) -> None:
        self.folder = folder
        self.domain = domain
        self.address = address
        self.ports = ports or dict(zip(DOORS, free_ports(len(DOORS), address), strict=True))
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "mailsuite.toml"
        listen = "\n".join(
            f'{door} = ["tcp:{port}:interface={address}"]' for door, port in self.ports.items()
        )
        for table, keys in ALONE.items():
            more += "" if table in more else f"\n{table}\n{keys}"
        self.config.write_text(
            f'hostname = "mail.{domain}"\ndata_dir = "var"\n{more}\n[listen]\n{listen}\n'
        )
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.command("domain", "add", domain)

    def command(self, *words: str, given: str = "") -> str:
        """Run the `mailsuite` command; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "mailsuite.cli.main", "--config", str(self.config), *words],
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"mailsuite {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def account(self, name: str, password: str = "secret") -> str:
        """Make an account of this host's domain; returns its address."""
        address = f"{name}@{self.domain}"
        self.command("account", "add", address, "--password-stdin", given=f"{password}\n")
        return address

    def ask(self, verb: str, **given: object) -> Any:
        """Ask the running server what the command would, without the command's start."""
        told = ask(self.folder / "var", verb, given)
        assert "ok" in told, told
        return told["ok"]

    def start(self) -> None:
        """Start the suite in the foreground and wait until its doors answer."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.twistd(), "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        self.wait()

    def twistd(self) -> list[str]:
        """The command line that serves, without its --config."""
        beside = Path(sys.executable).with_name("twistd")
        pid = self.folder / "twistd.pid"
        return [str(beside), "--nodaemon", f"--pidfile={pid}", "mailsuite"]

    def wait(self) -> None:
        """Wait until the last door of the list greets."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                break
            try:
                with socket.create_connection((self.address, self.ports["smtp"]), 5) as door:
                    if door.recv(3) == b"220":
                        return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the suite does not answer:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> int:
        """SIGTERM, and wait for the end; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def kill(self) -> None:
        """SIGKILL: as a crash would."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def logged(self, pattern: str) -> list[str]:
        """Log lines that match a regular expression."""
        return [line for line in self.log.read_text().splitlines() if re.search(pattern, line)]
