"""The whole suite as a process: how it starts, is told to reload, and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DOORS = ("smtp", "submission", "submissions", "lmtp", "imap", "imaps", "pop3", "pop3s")
PATIENCE_SECONDS = 30


class Served:
    """`mailsuite serve` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "mailsuite.toml"
        self.doors = {door: folder / f"{door}.sock" for door in DOORS}
        listen = "\n".join(f'{door} = ["unix:{path}"]' for door, path in self.doors.items())
        self.file.write_text(
            f'hostname = "mail.example.test"\ndata_dir = "var"\n[listen]\n{listen}\n'
        )
        self.process: subprocess.Popen[str] | None = None

    def command(self, *words, given=""):
        return subprocess.run(
            [sys.executable, "-P", "-m", "mailsuite.cli.main", "--config", self.file, *words],
            input=given, capture_output=True, text=True, timeout=60, check=False, cwd=self.folder,
        )  # fmt: skip

    def start(self, *words):
        log = (self.folder / "log").open("w")
        self.process = subprocess.Popen(
            list(words) or [sys.executable, "-P", "-m", "mailsuite.cli.main", "--config", str(self.file), "serve"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, text=True,
        )  # fmt: skip
        log.close()
        self.wait_for('event="serving ')

    def told(self):
        return (self.folder / "log").read_text()

    def wait_for(self, words, times=1):
        end = time.monotonic() + PATIENCE_SECONDS
        while self.told().count(words) < times:
            assert time.monotonic() < end, self.told()
            assert self.process is not None
            assert self.process.poll() is None, self.told()
            time.sleep(0.02)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)

    def greeting(self, door):
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(10)
            one.connect(str(self.doors[door]))
            return one.recv(200)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path)
    yield one
    one.stop()


@pytest.mark.threat("O6")
def test_a_life_of_the_server(served):
    """Greets, obeys the command at once, survives its own death, reloads, says goodbye."""
    served.start()
    assert served.greeting("smtp").startswith(b"220 mail.example.test ")
    assert served.greeting("imap").startswith(b"* OK ")
    assert served.greeting("pop3").startswith(b"+OK")
    assert served.command("domain", "add", "example.test").returncode == 0
    assert (
        json.loads(served.command("--json", "domain", "list").stdout)[0]["name"] == "example.test"
    )
    first = json.loads(served.command("--json", "status").stdout)
    os.kill(first["pid"], signal.SIGKILL)
    served.wait_for('event="serving ', times=2)
    second = json.loads(served.command("--json", "status").stdout)
    assert second["pid"] != first["pid"]
    _reloads(served)
    with socket.socket(socket.AF_UNIX) as idle:
        idle.settimeout(10)
        idle.connect(str(served.doors["smtp"]))
        idle.recv(200)
        served.process.terminate()
        assert idle.recv(200).startswith(b"421 ")
    assert served.process.wait(PATIENCE_SECONDS) == 0
    assert "event=stopped" in served.told()
    assert oct((served.folder / "var").stat().st_mode & 0o777) == "0o700"
    loose = [path for path in (served.folder / "var").rglob("*") if path.stat().st_mode & 0o077]
    assert not loose


def _reloads(served):
    text = served.file.read_text()
    served.file.write_text(text + '[limits]\nhops = "many"\n')
    refused = served.command("reload")
    assert refused.returncode == 1
    assert "[limits] hops must be" in refused.stderr
    served.file.write_text(text.replace("mail.example", "mx.example") + "[log]\nlevel = 'debug'\n")
    served.process.send_signal(signal.SIGHUP)
    served.wait_for("a restart is needed for: hostname")


def test_a_second_server_does_not_start_beside_the_first(served):
    served.start()
    second = served.command("serve")
    assert second.returncode == 78
    assert second.stderr.count("\n") == 1
    assert "is in use by process" in second.stderr


@pytest.mark.threat("O4")
def test_nothing_is_loaded_from_a_hostile_folder(served):
    """Whoever may write into the folder where the server is started must not become it."""
    for name in ("mailsuite", "sqlite3", "json", "zstandard", "attrs"):
        (served.folder / f"{name}.py").write_text("raise SystemExit('loaded from here')\n")
    served.start()
    assert "loaded from here" not in served.told()
    served.stop()


def test_a_wrong_configuration_starts_nothing(served):
    served.file.write_text(served.file.read_text() + "[relay]\nprt = 25\n")
    refused = served.command("serve")
    assert refused.returncode == 1
    assert 'did you mean "port"?' in refused.stderr
    assert not (served.folder / "var").exists()


def test_a_port_that_is_taken_starts_nothing(served):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = served.file.read_text().replace(
            f"unix:{served.doors['pop3s']}", f"tcp:{port}:interface=127.0.0.1"
        )
        served.file.write_text(text)
        refused = served.command("serve")
    assert refused.returncode == 78
    assert refused.stderr.splitlines()[-1] == (
        f"[listen] pop3s: tcp:{port}:interface=127.0.0.1 cannot be opened: "
        "another program listens there already."
    )
    assert "Traceback" not in refused.stderr
    assert not (served.folder / "var" / "control.sock").exists()
