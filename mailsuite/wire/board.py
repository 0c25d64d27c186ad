"""Memory that the workers of one host share: what each must know of the others, and no mail.

It lies in a nameless file (memfd_create(2)) that the supervisor makes and hands to each worker, so
it is gone with the last of them. Everything is an unsigned word of 64 bits, read and written whole.
A word has one writer, or is written under `held`, a lock of the kernel: it goes with its process.
"""

import contextlib
import fcntl
import hashlib
import mmap
import os
import secrets
from collections.abc import Iterator

MOST_WORKERS = 16
WORD = 8  # octets
HEADER = 512  # words
KEY = 8  # where the key of all digests lies: four words
DOOMED, HEAD = 0, 1  # words of the header: see `doomed`, and `mailsuite.store.sharing`
FIGURES = (
    "beat",  # milliseconds of the monotonic clock, once a second
    "pid",
    "up_seconds",
    "connections",
    "timers",
    "delayed_calls",
    "reactor_holds",
    "reactor_longest_ms",
)
PLACES = 16  # words of figures for each worker
RING = 65_536  # announcements that are kept
ANNOUNCED = 4  # words of one
# Tables of counts (`mailsuite.wire.tallies`): words in each of the rows that a worker has.
ROWS, GAUGES, WINDOWS = 2, 65_536, 65_536
LENGTHS = 3  # of windows: a minute, an hour, a day, each with tables of its own
KEPT = 65_536  # words: digests of what is remembered
SETS, WAYS, RECORD = 4_096, 4, 4  # buckets in sets (`mailsuite.wire.buckets`); words of one


class Board:
    """The memory, as one process sees it.

    Args:
        descriptor: of the memory; kept open for as long as the process lives, and never a second
            time: closing one would give up the locks held through the other (fcntl(2)).
        worker: the number of this process, from 1; 0 for the supervisor.
        workers: how many there are.
    """

    def __init__(self, descriptor: int, worker: int, workers: int) -> None:
        self.descriptor = descriptor
        self.worker = worker
        self.workers = workers
        self._figures = HEADER
        self.ring = self._figures + MOST_WORKERS * PLACES
        self._gauges = self.ring + RING * ANNOUNCED
        self._windows = self._gauges + workers * ROWS * GAUGES
        self.kept = self._windows + workers * LENGTHS * ROWS * WINDOWS
        self.records = self.kept + KEPT
        size = (self.records + SETS * WAYS * RECORD) * WORD
        if os.fstat(descriptor).st_size < size:
            os.ftruncate(descriptor, size)
        self.words = memoryview(mmap.mmap(descriptor, size)).cast("Q")
        self._key = bytes(self.words[KEY : KEY + 4])

    @classmethod
    def make(cls, workers: int) -> "Board":
        """New memory, as the supervisor has it."""
        descriptor = os.memfd_create("mailsuite", os.MFD_CLOEXEC)
        os.ftruncate(descriptor, HEADER * WORD)
        os.pwrite(descriptor, secrets.token_bytes(4 * WORD), KEY * WORD)
        return cls(descriptor, 0, workers)

    @contextlib.contextmanager
    def held(self, place: int) -> Iterator[None]:
        """Exclude the other processes from one place; a few microseconds, no waiting within."""
        fcntl.lockf(self.descriptor, fcntl.LOCK_EX, 1, place)
        try:
            yield
        finally:
            fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1, place)

    def digest(self, *parts: object) -> int:
        """128 bits of whatever names something. Under a key: nobody can aim at another's place."""
        octets = repr(parts).encode(errors="surrogatepass")
        return int.from_bytes(hashlib.blake2b(octets, digest_size=16, key=self._key).digest())

    @property
    def doomed(self) -> bool:
        """Whether a commit of some worker is in doubt: none may be acknowledged after it."""
        return bool(self.words[DOOMED])

    def doom(self) -> None:
        """Say so to all."""
        self.words[DOOMED] = 1

    # Figures: each worker writes its own.

    def tell(self, figure: str, value: int) -> None:
        """Show one of this worker's figures."""
        self.words[self._place(self.worker) + FIGURES.index(figure)] = value

    def told(self, worker: int) -> dict[str, int]:
        """All figures of a worker."""
        at = self._place(worker)
        return dict(zip(FIGURES, self.words[at : at + len(FIGURES)], strict=True))

    def beat(self, worker: int, milliseconds: int) -> None:
        """Note that the worker was alive then."""
        self.words[self._place(worker)] = milliseconds

    def bury(self, worker: int) -> None:
        """A worker is dead: nothing of it stands any more."""
        at = self._place(worker)
        for word in range(at, at + PLACES):
            self.words[word] = 0
        at, count = self.gauges(worker), ROWS * GAUGES
        self.words[at : at + count] = memoryview(bytes(count * WORD)).cast("Q")

    def _place(self, worker: int) -> int:
        return self._figures + (worker - 1) * PLACES

    def gauges(self, worker: int) -> int:
        """Where the gauges of a worker begin."""
        return self._gauges + (worker - 1) * ROWS * GAUGES

    def windows(self, worker: int, length: int) -> int:
        """Where a worker's counts of what happened begin, by length of window; they outlive it."""
        return self._windows + ((worker - 1) * LENGTHS + length) * ROWS * WINDOWS
