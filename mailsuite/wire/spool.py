"""A message while it arrives: in memory while small, then in a file that has no name.

Used by the intake (DATA, BDAT) and by mailboxes (APPEND). The file is gone with the process,
whatever happens, and no file is touched on the reactor thread.
"""

import errno
import mmap
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mailsuite.errors import StoreFull, Unavailable
from mailsuite.wire.pools import Runs

MEMORY_OCTETS = 256 * 1024  # a message up to here never touches the disk before its transaction
WRITE_OCTETS = 256 * 1024  # written at once: one hop to a thread for so much
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Spool:
    """Octets that come in pieces, and are read as one.

    Args:
        runs: where files are written (the parse pool).
        folder: on the disk that holds the store; made when first needed.
    """

    __slots__ = ("_busy", "_discarded", "_file", "_folder", "_pieces", "_runs", "_waiting", "size")

    def __init__(self, runs: Runs, folder: Path) -> None:
        self._runs = runs
        self._folder = folder
        self._pieces: list[bytes] = []
        self._waiting = 0  # octets in `_pieces`
        self._file: BinaryIO | None = None
        self._busy = False
        self._discarded = False
        self.size = 0

    @property
    def in_memory(self) -> bool:
        """Whether `octets` gives all of it without touching the disk."""
        return self._file is None

    async def append(self, octets: bytes) -> None:
        """Take octets in; whoever waits for this before it reads more is slowed to the disk.

        Raises:
            StoreFull: no room on the disk; discard the spool.
            Unavailable: the file cannot be written, or the spool was discarded.
        """
        if self._discarded:
            raise Unavailable
        self._pieces.append(octets)
        self._waiting += len(octets)
        self.size += len(octets)
        limit = MEMORY_OCTETS if self._file is None else WRITE_OCTETS
        if self._waiting <= limit:
            return
        assert not self._busy, "append is awaited before the next"
        pieces, self._pieces, self._waiting = self._pieces, [], 0
        self._busy = True
        try:
            await self._runs.run(self._write, pieces)
        finally:
            self._busy = False
            if self._discarded:
                self._close()

    def discard(self) -> None:
        """Free memory and disk; safe at any time, and again."""
        self._discarded = True
        self._pieces = []
        if not self._busy:
            self._close()

    @contextmanager
    def octets(self) -> Iterator[bytes | mmap.mmap]:
        """All of it, while the block runs. Blocks on the disk: in a pool only.

        Raises:
            StoreFull: what had not been written yet finds no room.
            Unavailable: the spool was discarded.
        """
        if self._discarded:
            raise Unavailable
        if self._file is None:
            # Joined once, and kept: this may be asked for again.
            self._pieces = [b"".join(self._pieces)]
            yield self._pieces[0]
            return
        self._write(self._pieces)
        self._pieces, self._waiting = [], 0
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped

    @contextmanager
    def rewritten(self, start: bytes, rest_at: int) -> Iterator[bytes | mmap.mmap]:
        """`start`, then what stands from `rest_at` on, while the block runs; as `octets`.

        What lies in a file is copied into another one: never all of it into memory.
        """
        with self.octets() as octets:
            if isinstance(octets, bytes):
                yield start + octets[rest_at:]
                return
            copy = Spool(self._runs, self._folder)
            try:
                copy._write([start])
                for at in range(rest_at, len(octets), WRITE_OCTETS):
                    copy._write([octets[at : at + WRITE_OCTETS]])
                with copy.octets() as made:
                    yield made
            finally:
                copy.discard()

    def _write(self, pieces: list[bytes]) -> None:
        try:
            if self._file is None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 - lives as long as the spool
            # A short write (disk full in the middle) is told by what is left.
            rest = memoryview(b"".join(pieces))
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            if error.errno in FULL:
                raise StoreFull from error
            raise Unavailable from error

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
