"""One process a data_dir: a second server on the same files would destroy both their promises."""

import fcntl
import os
from pathlib import Path

NAME = "lock"


class AlreadyRunning(Exception):  # noqa: N818 - a state, not a mistake
    """Another process has this data_dir open."""


class DataDirLock:
    """Held while the store is open. The kernel lets go of it when the process ends, however."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / NAME
        self.descriptor = -1

    def take(self) -> None:
        """Take the lock.

        Raises:
            AlreadyRunning: another process has it; the sentence says which.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(
                f"{self.path.parent} is in use by process {holder or 'unknown'}:"
                " stop it, or choose another data_dir"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self.descriptor = descriptor

    def give_back(self) -> None:
        """Let others in."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
