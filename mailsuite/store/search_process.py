"""The process that fills the search indexes: of the lowest priority, while little mail comes.

A process, not a thread: what runs when little else does must not hold an interpreter that the
reactor waits for. It is started by `service/indexing.py`, reads the store and writes the files
under `data_dir/fts`, and ends with the pipe of its standard input.
"""

import contextlib
import json
import os
import select
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from twisted.python.failure import Failure

from mailsuite.store.files import LargeFiles
from mailsuite.store.opening import DATABASE
from mailsuite.store.postgresql import Postgresql
from mailsuite.store.readers import Readers
from mailsuite.store.search_filling import Filling, Reads
from mailsuite.store.search_pacing import Pace
from mailsuite.store.search_sweeping import sweep
from mailsuite.store.space import Space
from mailsuite.store.sqlite import Sqlite
from mailsuite.wire.pools import Inline

P = ParamSpec("P")
R = TypeVar("R")

LOOK_SECONDS = 2.0  # between two looks for new messages
SWEEP_SECONDS = 86_400.0
PAUSE_SECONDS = 10.0  # after a failure: the database is starting, the disk says no
NICE = 19


def lower_priority() -> None:
    """Take the least of the time that others want.

    Not SCHED_IDLE, which may hold a snapshot of the store for as long as others are busy: when
    the filling works at all is the business of `search_pacing`.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)


def readers_of(data_dir: Path, url: str) -> Readers:
    """Readers of the store that run at once."""
    large, space = LargeFiles(data_dir / "blobs"), Space(data_dir)
    sqlite = data_dir / DATABASE
    backend = Postgresql(url, large, space) if url else Sqlite(sqlite, large, space)
    return Readers(backend.reader, Inline())


def reads_of(readers: Readers) -> Reads:
    """Run a reading function now, and return what it returns."""

    def read(function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        outcome: list[Any] = []
        readers.run(function, *args, **kwargs).addBoth(outcome.append)
        if isinstance(outcome[0], Failure):
            outcome[0].raiseException()
        found: R = outcome[0]
        return found

    return read


class Round:
    """Fills, looks around, sweeps once a day, until `ended`."""

    def __init__(
        self,
        data_dir: Path,
        read: Reads,
        waits: Callable[[float], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._data_dir = data_dir
        self._read = read
        self._waits = waits  # waits so long at most; True: it is over
        self._clock = clock
        self._filling = Filling(data_dir, read)
        self._pace = Pace(read, clock)
        self._look_at = self._sweep_at = 0.0

    def run(self) -> None:
        """Go on until `waits` says that it is over."""
        over = False
        while not over:
            over = self._waits(self.step())

    def step(self) -> float:
        """Do one piece of work, and say how many seconds to wait for the next."""
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._filling.look()
        if self._filling.behind and (seconds := self._pace.wait()):
            return seconds
        if self._filling.turn():
            return 0.0
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_SECONDS
            sweep(self._data_dir, self._read)
        return LOOK_SECONDS


def over(seconds: float) -> bool:
    """Wait; True once whoever started us has closed the pipe."""
    ready, _, _ = select.select([0], [], [], seconds)
    return bool(ready) and not os.read(0, 1024)


def _first_line() -> bytes:
    """What comes before the first line end; nothing behind it is taken from the pipe."""
    line = b""
    while octet := os.read(0, 1):
        if octet == b"\n":
            break
        line += octet
    return line


def main() -> None:
    """Read from standard input which store it is, and fill its indexes until that ends."""
    lower_priority()
    given: Mapping[str, str] = json.loads(_first_line())
    data_dir = Path(given["data_dir"])
    while True:
        readers = readers_of(data_dir, given["url"])
        try:
            Round(data_dir, reads_of(readers), over).run()
        except Exception as error:  # noqa: BLE001 - the indexes can wait, whatever it is
            sys.stderr.write(f"search index: {type(error).__name__}: {error}\n")
            if over(PAUSE_SECONDS):
                return
        else:
            return
        finally:
            with contextlib.suppress(Exception):
                readers.stop()


if __name__ == "__main__":
    main()
