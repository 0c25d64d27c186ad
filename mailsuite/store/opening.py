"""Opening the store: which database, its parts, and how it is shut."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import define
from twisted.logger import Logger

from mailsuite.store.changes import Changes, LocalBus
from mailsuite.store.files import LargeFiles
from mailsuite.store.lock import DataDirLock
from mailsuite.store.migrations.upgrade import upgrade
from mailsuite.store.postgresql import Postgresql
from mailsuite.store.readers import Readers
from mailsuite.store.sealing import Seal, load_seal
from mailsuite.store.sharing import LATEST, SharedBus, WriteLock, read_modseqs
from mailsuite.store.space import FREE_OCTETS, RESERVE_OCTETS, Space
from mailsuite.store.sqlite import SYNCHRONOUS_FULL, Sqlite
from mailsuite.store.writer import Writer
from mailsuite.wire.board import Board
from mailsuite.wire.pools import Inline, Pool, Runs

READER_THREADS = 2
DATABASE = "mailsuite.db"

log = Logger()


@define
class Store:
    """The store's parts, as the front door hands them to services."""

    writer: Writer
    readers: Readers
    changes: Changes
    data_dir: Path
    clock: Callable[[], float]
    large: LargeFiles  # for `mailsuite.store.blobs.prepare`
    space: Space  # `space.admit()` refuses new mail before the disk is full
    lock: DataDirLock
    seal: Seal

    def close(self) -> None:
        """Write what waits, then close everything. Blocks."""
        self.writer.stop()
        self.readers.stop()
        self.lock.give_back()


def open_store(
    data_dir: Path,
    *,
    url: str = "",
    reactor: Any = None,
    doomed: Callable[[BaseException], None] | None = None,
    clock: Callable[[], float] = time.time,
    synchronous: int = SYNCHRONOUS_FULL,
    free_octets: int = FREE_OCTETS,
    reserve_octets: int = RESERVE_OCTETS,
) -> Store:
    """Open the store; create it, or bring it to this version's schema, before it is served.

    Args:
        data_dir: everything that the suite keeps on disk.
        url: empty for SQLite in `data_dir`, else SQLAlchemy's URL of a PostgreSQL database.
        clock: seconds UTC.
        synchronous: SQLite's setting; lowered by tests alone.
        free_octets: new mail is refused when less is free.
        reserve_octets: kept for a full disk; 0: none.
        reactor: None runs every job at once in the caller's thread: tests and the command line.
        doomed: called when the process must end because nothing more may be acknowledged.

    Raises:
        AlreadyRunning: another process has it open.
        WrongSchema: it is newer than this version.
        WrongSetting: the database does not promise what durability rests on.
        In each case nothing was changed.
    """
    lock = prepare_store(
        data_dir,
        url=url,
        clock=clock,
        synchronous=synchronous,
        free_octets=free_octets,
        reserve_octets=reserve_octets,
    )
    space = Space(data_dir, free_octets=free_octets, reserve_octets=reserve_octets)
    backend = _backend(data_dir, url, space, synchronous)
    changes = LocalBus()
    writer = Writer(
        backend.writer, backend, changes, reactor, doomed or (lambda _: None), clock=clock
    )
    readers = Readers(backend.reader, _reading(reactor), clock)
    seal = load_seal(data_dir)
    return Store(writer, readers, changes, data_dir, clock, backend.large, space, lock, seal)


def prepare_store(
    data_dir: Path,
    *,
    url: str = "",
    clock: Callable[[], float] = time.time,
    synchronous: int = SYNCHRONOUS_FULL,
    free_octets: int = FREE_OCTETS,
    reserve_octets: int = RESERVE_OCTETS,
) -> DataDirLock:
    """Take the data_dir and make the store fit to be opened; nothing of it stays open.

    See `open_store`, also for what is raised. The lock is the caller's to give back.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DataDirLock(data_dir)
    lock.take()
    try:
        space = Space(data_dir, free_octets=free_octets, reserve_octets=reserve_octets)
        backend = _backend(data_dir, url, space, synchronous)
        first = backend.writer()
        try:
            upgrade(first, backend, int(clock()))
            log.info("store: {version}", version=backend.version)
            backend.look(first)
            space.keep_reserve()
        finally:
            first.dbapi.close()
    except BaseException:
        lock.give_back()
        raise
    return lock


def join_store(
    data_dir: Path,
    board: Board,
    wakes: Sequence[int],
    *,
    url: str = "",
    reactor: Any = None,
    doomed: Callable[[BaseException], None],
    clock: Callable[[], float] = time.time,
    synchronous: int = SYNCHRONOUS_FULL,
    free_octets: int = FREE_OCTETS,
) -> Store:
    """One worker's parts of a store that the supervisor has prepared, and whose lock it holds.

    `board` and `wakes` are what `SharedBus` takes, everything else is as in `open_store`.
    """
    space = Space(data_dir, free_octets=free_octets)
    backend = _backend(data_dir, url, space, synchronous)
    readers = Readers(backend.reader, _reading(reactor), clock)

    def look(mailbox_ids: list[int]) -> None:
        reading = readers.run(read_modseqs, mailbox_ids)
        # In doubt every view looks for itself.
        reading.addErrback(lambda _: dict.fromkeys(mailbox_ids, LATEST))
        reading.addCallback(changes.tell_mailboxes)

    changes = SharedBus(board, wakes, look)
    turn = WriteLock(data_dir, board)
    writer = Writer(backend.joined, backend, changes, reactor, doomed, lambda: turn, clock)
    lock, seal = DataDirLock(data_dir), load_seal(data_dir)
    return Store(writer, readers, changes, data_dir, clock, backend.large, space, lock, seal)


def _backend(data_dir: Path, url: str, space: Space, synchronous: int) -> Sqlite | Postgresql:
    large = LargeFiles(data_dir / "blobs")
    if url:
        return Postgresql(url, large, space, durable=synchronous == SYNCHRONOUS_FULL)
    return Sqlite(data_dir / DATABASE, large, space, synchronous=synchronous)


def _reading(reactor: Any) -> Runs:
    return Inline() if reactor is None else Pool(reactor, "reader", READER_THREADS)
