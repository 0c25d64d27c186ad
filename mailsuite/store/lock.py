"""One process a data_dir: a second server on the same files would destroy both their promises."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

NAME = "lock"
DYING_SECONDS, PAUSE_SECONDS = 5.0, 0.05


class AlreadyRunning(Exception):  # noqa: N818 - a state, not a mistake
    """Another process has this data_dir open."""


class DataDirLock:
    """Held while the store is open. The kernel lets go of it when the process ends, however.

    Where several workers serve, each holds it along with its supervisor.
    """

    def __init__(self, data_dir: Path, pause: Callable[[float], None] = time.sleep) -> None:
        self.path = data_dir / NAME
        self.descriptor = -1
        self._pause = pause

    def take(self) -> None:
        """Take the lock.

        Raises:
            AlreadyRunning: another process has it; the sentence says which.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        left = int(DYING_SECONDS / PAUSE_SECONDS)
        while not _taken(descriptor):
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            left -= 1
            if not left or not _is_dead(holder):
                os.close(descriptor)
                raise AlreadyRunning(
                    f"{self.path.parent} is in use by process {holder or 'unknown'}:"
                    " stop it, or choose another data_dir"
                )
            # A supervisor was killed, and its workers are about to follow it.
            self._pause(PAUSE_SECONDS)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self.descriptor = descriptor

    def give_back(self) -> None:
        """Let others in."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_dead(holder: str) -> bool:
    if not holder.isdigit():
        return False
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
