"""SQLite: settings read back at start, one checkpointer, commits that are on disk.

Versions before 3.51.3 can corrupt a file when a checkpoint runs beside a commit: so no
connection checkpoints by itself, and only the writer does, under the lock of its commits.
"""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.engine import Dialect

from mailsuite.store.files import LargeFiles
from mailsuite.store.schema import metadata
from mailsuite.store.transaction import Connection
from mailsuite.store.writer import Doubt

DIALECT: Dialect = dialect.dialect(paramstyle="qmark")
PAGE_SIZE = 8192
CHECKPOINT_OCTETS = 32 * 1024 * 1024  # of WAL
SYNCHRONOUS_FULL = 2


class WrongSetting(Exception):  # noqa: N818 - a state, not a mistake
    """SQLite did not take a setting that durability rests on: the store refuses to open."""


class Sqlite:
    """The writer's backend over one file."""

    def __init__(
        self, path: Path, large: LargeFiles, *, synchronous: int = SYNCHRONOUS_FULL
    ) -> None:
        self.path = path
        self.large = large
        self._synchronous = synchronous  # lowered by tests alone
        self._dirty = False
        self._last = time.monotonic()

    # Connections.

    def create(self) -> None:
        """Make an empty file with its tables; page size and vacuum mode come before them."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        self.path.chmod(0o600)
        connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        connection.close()
        engine = create_engine(f"sqlite:///{self.path}")
        metadata.create_all(engine)
        engine.dispose()

    def writer(self) -> Connection:
        """The writing connection: checked, and checkpointed before anything is served."""
        connection = self._connect(cache_kib=65536)
        # Frames that only the page cache holds (written before a failed fsync killed us) must
        # reach the file before new ones build on them.
        connection.plain("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return connection

    def reader(self) -> Connection:
        """A reading connection."""
        connection = self._connect(cache_kib=16384)
        connection.plain("PRAGMA query_only=1")
        return connection

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
        for name, wanted in settings.items():
            # The row must be fetched: an error while switching is otherwise silent.
            dbapi.execute(f"PRAGMA {name}={wanted}").fetchall()
            rows = dbapi.execute(f"PRAGMA {name}").fetchall()
            # mmap_size answers no row where SQLite was built without it.
            if rows != [(wanted,)] and not (name == "mmap_size" and not rows):
                dbapi.close()
                raise WrongSetting(f"SQLite answers {name}={rows!r}, and it must be {wanted!r}")
        return Connection(dbapi, DIALECT, self.large)

    # `mailsuite.store.writer.Backend`.

    def begin(self, connection: Connection) -> None:
        """Take the write lock at once: no upgrade, no deadlock."""
        connection.plain("BEGIN IMMEDIATE")

    def commit(self, connection: Connection) -> None:
        """COMMIT, with an fsync of the WAL."""
        try:
            connection.plain("COMMIT")
        except sqlite3.Error as error:
            if self.is_full(error) and connection.dbapi.in_transaction:
                raise  # refused before the sync: rolled back by the writer, who lives on
            raise Doubt(str(error)) from error
        self._dirty = True
        if self._wal_octets() > CHECKPOINT_OCTETS:
            self._checkpoint(connection)

    def is_full(self, error: BaseException) -> bool:
        """SQLITE_FULL."""
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL

    def idle(self, connection: Connection) -> None:
        """Bring the WAL back into the file after a second of quiet."""
        if self._dirty:
            self._checkpoint(connection)

    def _checkpoint(self, connection: Connection) -> None:
        connection.plain("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        self._dirty = False

    def _wal_octets(self) -> int:
        try:
            return Path(f"{self.path}-wal").stat().st_size
        except FileNotFoundError:
            return 0
