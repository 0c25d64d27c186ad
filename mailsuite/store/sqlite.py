"""SQLite: settings read back at start, one checkpointer, commits that are on disk.

Versions before 3.51.3 can corrupt a file when a checkpoint runs beside a commit: so no
connection checkpoints by itself, and only the writer does, under the lock of its commits.
"""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.engine import Dialect
from twisted.logger import Logger

from mailsuite.store.files import LargeFiles, sync
from mailsuite.store.grouping import Doubt
from mailsuite.store.space import Space
from mailsuite.store.transaction import Connection
from mailsuite.store.wal import WriteAheadLog

DIALECT: Dialect = dialect.dialect(paramstyle="qmark")
PAGE_SIZE = 8192
CHECKPOINT_OCTETS = 32 * 1024 * 1024  # of WAL
WATCH_OCTETS = 256 * 1024 * 1024  # of WAL: some reader holds it, and the log says so
VACUUM_PAGES = 200  # given back to the file system in one step of idleness
SYNCHRONOUS_FULL = 2
READ_SECONDS = 30  # a reading transaction
PROGRESS_STEPS = 100_000  # of SQLite's machine between two looks at the clock: some milliseconds


class WrongSetting(Exception):  # noqa: N818 - a state, not a mistake
    """The database did not take a setting that durability rests on: the store does not open."""


class Sqlite:
    """The writer's backend over one file."""

    log = Logger()

    def __init__(
        self, path: Path, large: LargeFiles, space: Space, *, synchronous: int = SYNCHRONOUS_FULL
    ) -> None:
        self.path = path
        self.large = large
        self.checkpoints = 0
        self.wal = WriteAheadLog(Path(f"{path}-wal"), PAGE_SIZE, CHECKPOINT_OCTETS)
        self._space = space
        self._synchronous = synchronous  # lowered by tests alone
        self._dirty = False
        self._warned = False

    # Connections.

    def writer(self) -> Connection:
        """The writing connection: checked, and checkpointed before anything is served."""
        if not self.path.exists():
            self._create()
        connection = self._connect(cache_kib=65536)
        # Frames that only the page cache holds (written before a failed fsync killed us) must
        # reach the file before new ones build on them.
        busy, *_ = connection.plain("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            connection.dbapi.close()
            raise WrongSetting(f"{self.path} is read by another program: stop it first")
        sync(self.path.parent)  # the WAL's name: SQLite does not look at how its own sync ended
        return connection

    def joined(self) -> Connection:
        """The writing connection of one worker among several: the store is prepared already."""
        # No checkpoint: it must not run beside a commit, nor wait for the others' readers.
        connection = self._connect(cache_kib=65536)
        connection.block = 1
        return connection

    def reader(self) -> Connection:
        """A reading connection."""
        connection = self._connect(cache_kib=16384)
        connection.plain("PRAGMA query_only=1")
        # A reader that never ends would hold the WAL for ever: its statement is broken off.
        connection.dbapi.set_progress_handler(
            lambda: time.monotonic() - connection.began > READ_SECONDS, PROGRESS_STEPS
        )
        return connection

    @property
    def version(self) -> str:
        """For the log: before 3.51.3 a checkpoint beside a commit can corrupt the file."""
        return f"SQLite {sqlite3.sqlite_version}, checkpointed by its writer alone"

    def has_tables(self, connection: Connection) -> bool:
        """See `mailsuite.store.migrations.upgrade`."""
        found = connection.plain("SELECT count(*) FROM sqlite_master").fetchone()
        return bool(found[0])

    def _create(self) -> None:
        """Make an empty file: page size and vacuum mode come before the first table."""
        self.path.touch(mode=0o600)
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
        finally:
            connection.close()
        sync(self.path.parent)

    def _connect(self, cache_kib: int) -> Connection:
        dbapi = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        settings: dict[str, Any] = {
            "journal_mode": "wal",
            "synchronous": self._synchronous,
            "wal_autocheckpoint": 0,
            "mmap_size": 0,
            "temp_store": 2,
            "cache_size": -cache_kib,
            "busy_timeout": 5000,
            "journal_size_limit": 67108864,
            "secure_delete": 0,
        }
        try:
            for name, wanted in settings.items():
                _set(dbapi, name, wanted)
        except BaseException:
            dbapi.close()
            raise
        return Connection(dbapi, DIALECT, self.large, self._space)

    # `mailsuite.store.writer.Backend`.

    def begin(self, connection: Connection) -> None:
        """Take the write lock at once: no upgrade, no deadlock."""
        connection.plain("BEGIN IMMEDIATE")

    def commit(self, connection: Connection) -> None:
        """COMMIT, with an fsync of the WAL.

        Raises:
            Doubt: the fsync failed, or what failed cannot be told from it.
            sqlite3.Error: a write before the fsync failed; the caller rolls back and lives on.
        """
        try:
            connection.plain("COMMIT")
        except sqlite3.Error as error:
            if _is_before_sync(error):
                raise
            raise Doubt(str(error)) from error
        self._dirty = True

    def is_due(self) -> bool:
        """Whether the WAL has become long enough for a checkpoint."""
        return self.wal.is_due()

    def settle(self, connection: Connection) -> None:
        """Bring a long WAL back into the file."""
        self._checkpoint(connection)

    def is_full(self, error: BaseException) -> bool:
        """SQLITE_FULL."""
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL

    def relieve(self) -> bool:
        """The disk is full: give it the reserve. False when that is spent already."""
        return self._space.release_reserve()

    def look(self, connection: Connection) -> None:
        """See how much room is left."""
        self._space.look(lambda: _freelist(connection))

    def idle(self, connection: Connection) -> None:
        """After a second of quiet: bring the WAL back into the file, give room back."""
        if self._dirty:
            # A script, because a cursor ends this PRAGMA after its first page.
            connection.dbapi.executescript(f"PRAGMA incremental_vacuum({VACUUM_PAGES})")
            self._checkpoint(connection)
            self._dirty = _freelist(connection) > 0
        self.look(connection)
        self._space.keep_reserve()

    def _checkpoint(self, connection: Connection) -> None:
        try:
            _, frames, moved = connection.plain("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            if not _is_before_sync(error):
                raise Doubt(str(error)) from error
            self.log.warn("checkpoint put off: {error}", error=error)
            return
        self.checkpoints += 1
        self._dirty = False
        # A long reader may hold the WAL: the next try is worth its cost only when it has grown.
        self.wal.tried(frames, self.wal.enough // 4)
        size = self.wal.octets
        if size > WATCH_OCTETS and frames != moved:
            if not self._warned:
                self.log.warn("the WAL has {size} octets: a reader holds it", size=size)
            self._warned = True
        else:
            self._warned = False


def _set(dbapi: sqlite3.Connection, name: str, wanted: object) -> None:
    # The row must be fetched: an error while switching is otherwise silent.
    dbapi.execute(f"PRAGMA {name}={wanted}").fetchall()
    rows = dbapi.execute(f"PRAGMA {name}").fetchall()
    # mmap_size answers no row where SQLite was built without it.
    if rows != [(wanted,)] and not (name == "mmap_size" and not rows):
        raise WrongSetting(f"SQLite answers {name}={rows!r}, and it must be {wanted!r}")


def _is_before_sync(error: sqlite3.Error) -> bool:
    """Whether the error says that a write failed, or a lock was busy: no fsync was tried.

    SQLite has then rolled back by itself. Out of memory is not among them: the wal-index is
    written after the fsync.
    """
    code = getattr(error, "sqlite_errorcode", 0)
    return code in {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
    } or code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT}


def _freelist(connection: Connection) -> int:
    found = connection.plain("PRAGMA freelist_count").fetchone()
    return int(found[0]) * PAGE_SIZE
