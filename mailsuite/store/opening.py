"""Opening the store: which database, its parts, and how it is shut."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define

from mailsuite.store.changes import Changes, LocalBus
from mailsuite.store.files import LargeFiles
from mailsuite.store.readers import Readers
from mailsuite.store.sqlite import SYNCHRONOUS_FULL, Sqlite
from mailsuite.store.writer import Writer
from mailsuite.wire.pools import Inline, Pool

READER_THREADS = 2


@define
class Store:
    """The store's parts, as the front door hands them to services."""

    writer: Writer
    readers: Readers
    changes: Changes
    data_dir: Path
    clock: Callable[[], float]
    large: LargeFiles  # for `mailsuite.store.blobs.prepare`

    def close(self) -> None:
        """Write what waits, then close everything. Blocks."""
        self.writer.stop()
        self.readers.stop()


def open_store(
    data_dir: Path,
    *,
    url: str = "",
    reactor: Any = None,
    doomed: Callable[[BaseException], None] | None = None,
    clock: Callable[[], float] = time.time,
    synchronous: int = SYNCHRONOUS_FULL,
) -> Store:
    """Open (and create or migrate) the store.

    Args:
        data_dir: everything that the suite keeps on disk.
        url: empty for SQLite in `data_dir`, else SQLAlchemy's URL of a PostgreSQL database.
        clock: seconds UTC.
        synchronous: SQLite's setting; lowered by tests alone.
        reactor: None runs every job at once in the caller's thread: tests and the command line.
        doomed: called when the process must end because nothing more may be acknowledged.
    """
    if url:
        raise NotImplementedError(url)
    large = LargeFiles(data_dir / "blobs")
    backend = Sqlite(data_dir / "mailsuite.db", large, synchronous=synchronous)
    if not backend.path.exists():
        backend.create()
    changes = LocalBus()
    pool = Inline() if reactor is None else Pool(reactor, "reader", READER_THREADS)
    writer = Writer(
        backend.writer, backend, changes, reactor, doomed or (lambda _: None), clock=clock
    )
    return Store(writer, Readers(backend.reader, pool, clock), changes, data_dir, clock, large)
