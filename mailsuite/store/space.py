"""Room on the disk: new mail is refused before it is full, and deleting works when it is.

A full disk takes no DELETE either. So a file of zeros is kept in reserve: removed when the disk
is full, it gives room for sign-ins, flags and EXPUNGE, while new mail is refused; it is made
again when there is room.
"""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from mailsuite.errors import StoreFull

RESERVE_OCTETS = 64 * 1024 * 1024
FREE_OCTETS = 128 * 1024 * 1024  # `Limits.free_octets` says otherwise
LOOK_SECONDS = 1.0


class Space:
    """How much room is left under a folder, looked at once a second at most."""

    def __init__(
        self,
        folder: Path,
        *,
        free_octets: int = FREE_OCTETS,
        reserve_octets: int = RESERVE_OCTETS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._wanted = free_octets
        self._reserve_octets = reserve_octets
        self._clock = clock
        self._next = 0.0
        self.reserve = folder / "reserve"
        self.freelist = 0  # octets inside the database file that it will use again
        self.free = free_octets

    def look(self, freelist: Callable[[], int]) -> None:
        """Look again, if it is time: what the file system has free and the database inside."""
        if self._clock() >= self._next:
            self._look(freelist())

    def _look(self, freelist: int) -> None:
        self._next = self._clock() + LOOK_SECONDS
        self.freelist = freelist
        found = os.statvfs(self._folder)
        self.free = found.f_bavail * found.f_frsize

    @property
    def enough(self) -> bool:
        """Whether new mail may come in, by the last look."""
        # Without the freelist, a host that was full would stay shut after EXPUNGE: SQLite keeps
        # the freed pages for itself.
        return self.free + self.freelist >= self._wanted

    def admit(self) -> None:
        """Refuse new mail when room is short. Any thread. Raises `StoreFull`."""
        if not self.enough:
            raise StoreFull

    def keep_reserve(self) -> None:
        """Make the reserve file if it is missing and there is room for it."""
        if self._reserve_octets == 0 or self.reserve.exists():
            return
        if self.free < self._wanted + self._reserve_octets:
            return
        try:
            descriptor = os.open(self.reserve, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._reserve_octets)
            finally:
                os.close(descriptor)
        except OSError:
            self.reserve.unlink(missing_ok=True)

    def release_reserve(self) -> bool:
        """The disk is full: remove the reserve file; False when it was gone already."""
        with contextlib.suppress(FileNotFoundError):
            self.reserve.unlink()
            self._next = 0.0
            self.free = 0  # until the next look: what came free is not for new mail
            return True
        return False
