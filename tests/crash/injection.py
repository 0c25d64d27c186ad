"""Runs the scenario under strace, with a system call killed or made to fail at its N-th use."""

import shutil
import subprocess
import sys
from pathlib import Path

from attrs import frozen

from tests.crash.ledger import Told, read_words

ROOT = Path(__file__).parents[2]
STRACE = shutil.which("strace")


def traces() -> bool:
    """Whether strace is here and may trace: not in every container."""
    command = [STRACE or "strace", "-qq", "-o", "/dev/null", "true"]
    return STRACE is not None and subprocess.run(command, check=False).returncode == 0


@frozen
class Ended:
    """How a run of the scenario ended."""

    told: Told
    status: int
    stderr: str
    injected: bool


def run_scenario(
    data_dir: Path, *, jobs: int, calls: str = "", inject: str = "", everywhere: bool = False
) -> Ended:
    """Run it; `inject` as strace understands it, on calls that touch the database's files alone."""
    log = data_dir.parent / "strace.log"
    command = [sys.executable, "-m", "tests.crash.scenario", str(data_dir), str(jobs)]
    if inject:
        assert STRACE is not None, "strace is needed"
        traced = [STRACE, "-f", "-qq", "-o", str(log), "-e", f"trace={calls}"]
        for name in [] if everywhere else _paths(data_dir):
            traced += ["-P", name]
        command = [*traced, "-e", f"inject={calls}:{inject}", *command]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    lines = log.read_text() if inject and log.exists() else ""
    return Ended(
        read_words(ran.stdout),
        ran.returncode,
        ran.stderr,
        "INJECTED" in lines or "killed by SIGKILL" in lines,
    )


def _paths(data_dir: Path) -> list[str]:
    # Not the folder: SQLite does not look at how its sync ended, so the store syncs it itself.
    database = data_dir / "mailsuite.db"
    return [str(database), f"{database}-wal"]
