"""One suite a data_dir, also while the workers of a killed one are still ending."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailsuite.store.lock import NAME, AlreadyRunning, DataDirLock


@pytest.fixture
def dead() -> int:
    """The number of a process that has ended."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


def held_by(data_dir: Path, holder: int) -> int:
    """A lock that another descriptor holds, taken by that process; closing it lets go."""
    descriptor = os.open(data_dir / NAME, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.write(descriptor, f"{holder}\n".encode())
    return descriptor


@pytest.mark.threat("K14")
def test_who_lives_is_not_waited_for(tmp_path: Path) -> None:
    waits: list[float] = []
    descriptor = held_by(tmp_path, os.getppid())
    with pytest.raises(AlreadyRunning, match=f"process {os.getppid()}:"):
        DataDirLock(tmp_path, waits.append).take()
    assert not waits
    os.close(descriptor)


def test_the_workers_of_a_dead_supervisor_are_waited_for(tmp_path: Path, dead: int) -> None:
    held, waits = [held_by(tmp_path, dead)], 0

    def pause(_: float) -> None:
        nonlocal waits
        waits += 1
        if waits == 3:
            os.close(held.pop())

    lock = DataDirLock(tmp_path, pause)
    lock.take()
    assert waits == 3
    assert (tmp_path / NAME).read_text() == f"{os.getpid()}\n"
    lock.give_back()


def test_and_not_for_ever(tmp_path: Path, dead: int) -> None:
    waits: list[float] = []
    descriptor = held_by(tmp_path, dead)
    with pytest.raises(AlreadyRunning):
        DataDirLock(tmp_path, waits.append).take()
    assert sum(waits) <= 5
    os.close(descriptor)
