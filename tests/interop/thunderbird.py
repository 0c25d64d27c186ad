"""Thunderbird without a screen, driven from outside by its own remote protocol (Marionette)."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.interop.conftest import program
from tests.interop.host import free_ports

DEEDS = Path(__file__).with_name("thunderbird.js").read_text()
PATIENCE_SECONDS = 120.0
PREFERENCES = {
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mail.rights.version": 1,
    "mailnews.start_page.enabled": False,
    "services.settings.server": "data:,",
}
# The end of a deed, whatever it was, comes back as a value: its stack too.
CALL = """
const done = arguments[arguments.length - 1];
const given = [...arguments].slice(0, -1);
(async () => (0, {deed})(...given))().then(
  value => done({{ value: value ?? null }}),
  error => done({{ error: `${{error}} ${{error.stack}}` }})
);
"""


class Thunderbird:
    """One program with a profile of its own; `do` runs a function of `thunderbird.js` in it.

    Args:
        preferences: beside those that keep it quiet.
    """

    def __init__(self, folder: Path, preferences: Mapping[str, object]) -> None:
        self.profile = folder / "profile"
        self.profile.mkdir()
        self.log = folder / "thunderbird.log"
        [port] = free_ports(1)
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});"
            for name, value in {**PREFERENCES, **preferences, "marionette.port": port}.items()
        ]
        (self.profile / "user.js").write_text("\n".join(lines))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    program("thunderbird"), "--headless", "--no-remote", "--marionette",
                    "-remote-allow-system-access", "--profile", str(self.profile),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "HOME": str(folder), "MOZ_HEADLESS": "1"},
            )  # fmt: skip
        self._read = b""
        self._calls = 0
        self._socket = self._reach(port)
        self._message()
        wanted = {"unhandledPromptBehavior": "ignore"}
        self._ask("WebDriver:NewSession", capabilities={"alwaysMatch": wanted})
        self._ask("Marionette:SetContext", value="chrome")
        self._ask("WebDriver:SetTimeouts", script=int(PATIENCE_SECONDS * 1000))

    def do(self, deed: str, *given: object) -> Any:
        """Do one deed; what it returned."""
        answer = self._ask(
            "WebDriver:ExecuteAsyncScript",
            script=DEEDS + CALL.format(deed=deed),
            args=list(given),
        )["value"]
        assert "error" not in answer, f"{deed}{given}: {answer['error']}"
        return answer["value"]

    def stop(self) -> None:
        """End it, whatever it does."""
        self._socket.close()
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _reach(self, port: int) -> socket.socket:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS + 10)
            except OSError:
                time.sleep(0.2)
        self.process.kill()
        raise AssertionError(f"Thunderbird does not start:\n{self.log.read_text()[-2000:]}")

    def _ask(self, command: str, **given: object) -> Any:
        self._calls += 1
        octets = json.dumps([0, self._calls, command, given]).encode()
        self._socket.sendall(b"%d:%b" % (len(octets), octets))
        _, _, error, value = self._message()
        assert not error, f"{command}: {error}"
        return value

    def _message(self) -> Any:
        """One message: its length in octets, a colon, JSON."""
        while b":" not in self._read:
            self._more()
        length, _, self._read = self._read.partition(b":")
        while len(self._read) < int(length):
            self._more()
        octets, self._read = self._read[: int(length)], self._read[int(length) :]
        return json.loads(octets)

    def _more(self) -> None:
        octets = self._socket.recv(65536)
        assert octets, f"Thunderbird is gone:\n{self.log.read_text()[-2000:]}"
        self._read += octets
