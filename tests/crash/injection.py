"""Runs the scenario under strace, with a system call killed or made to fail at its N-th use."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import frozen

from tests.crash.ledger import Told, read_words

ROOT = Path(__file__).parents[2]
STRACE = shutil.which("strace")


def strace() -> str:
    """The path of a strace that may trace; a test that needs it fails without."""
    if STRACE is None:
        pytest.fail("strace is not installed: run .ci/packages, as `make test` does")
    command = [STRACE, "-qq", "-o", "/dev/null", "true"]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.fail("strace may not trace here: give the container the right (SYS_PTRACE)")
    return STRACE


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
        traced = [strace(), "-f", "-qq", "-o", str(log), "-e", f"trace={calls}"]
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
