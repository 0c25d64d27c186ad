"""PostgreSQL: settings read back at start, and commits whose outcome is never guessed.

A connection lost at COMMIT leaves open whether it happened. Each transaction therefore writes a
key of its own into one row; after reconnecting, that row tells. Reading it waits for its lock,
hence for the end of the old transaction, if the server is still busy with it.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import psycopg as dialect
from sqlalchemy.engine import Dialect, make_url

from mailsuite.store.files import LargeFiles
from mailsuite.store.grouping import Doubt
from mailsuite.store.schema import setting
from mailsuite.store.space import Space
from mailsuite.store.sqlite import WrongSetting
from mailsuite.store.transaction import Connection, Transaction

DIALECT: Dialect = dialect.dialect()
DURABLE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}
READ_SECONDS = 30
RECONNECTS = 20
PAUSE_SECONDS = 0.5
DISK_FULL = "53100"

NAME = "last_commit"
LAST = select(setting.c.value).where(setting.c.name == NAME).with_for_update()
FIRST = insert(setting)
MARK = update(setting).where(setting.c.name == NAME).values(value=bindparam("key"))


class LostCommit(Exception):  # noqa: N818 - a state, not a mistake
    """The connection was lost and the transaction is known not to have happened."""


class Postgresql:
    """The writer's backend over one database."""

    def __init__(
        self,
        url: str,
        large: LargeFiles,
        space: Space,
        *,
        durable: bool = True,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = (
            make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        )
        self.large = large
        self._space = space
        self._durable = durable  # False: tests alone
        self._pause = pause

    # Connections.

    def writer(self) -> Connection:
        """The writing connection, its settings checked."""
        return self._connection("BEGIN")

    def joined(self) -> Connection:
        """The same of one worker among several."""
        connection = self.writer()
        connection.block = 1
        return connection

    def reader(self) -> Connection:
        """A reading connection: one snapshot a transaction."""
        connection = self._connection("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.plain(f"SET statement_timeout = '{READ_SECONDS}s'")
        return connection

    def _connection(self, begin: str) -> Connection:
        return Connection(self._dbapi(), DIALECT, self.large, self._space, begin)

    def _dbapi(self) -> Any:
        import psycopg  # noqa: PLC0415 - an optional dependency

        dbapi = psycopg.connect(self._address, autocommit=True, connect_timeout=10)
        if self._durable:
            for name, wanted in DURABLE.items():
                answer = dbapi.execute("SELECT current_setting(%s)", (name,)).fetchone()
                if answer is None or answer[0] not in wanted:
                    dbapi.close()
                    raise WrongSetting(
                        f"PostgreSQL answers {name}={answer}; it must be {wanted[0]}"
                    )
        return dbapi

    @property
    def version(self) -> str:
        """For the log."""
        return "PostgreSQL"

    def has_tables(self, connection: Connection) -> bool:
        """See `mailsuite.store.migrations.upgrade`."""
        return connection.plain("SELECT to_regclass('setting')").fetchone()[0] is not None

    # `mailsuite.store.writer.Backend`.

    def begin(self, connection: Connection) -> None:
        """Open a transaction."""
        connection.plain("BEGIN")

    def commit(self, connection: Connection) -> None:
        """COMMIT; when the connection is lost meanwhile, find out whether it happened.

        Raises:
            LostCommit: it did not.
            Doubt: the server does not come back to say.
        """
        key = secrets.token_hex(16)
        tx = Transaction(connection, 0)
        if tx.execute(MARK, {"key": key}).count == 0:
            tx.execute(FIRST, {"name": NAME, "value": key})
        try:
            connection.plain("COMMIT")
        except Exception as error:
            if not connection.broken:
                raise
            self._settle(connection, key, error)

    def _settle(self, connection: Connection, key: str, error: Exception) -> None:
        for _ in range(RECONNECTS):
            try:
                connection.dbapi = self._dbapi()
                connection.plain("BEGIN")
                happened = Transaction(connection, 0).execute(LAST).value() == key
                connection.plain("ROLLBACK")
            except WrongSetting as wrong:
                raise Doubt(str(wrong)) from wrong
            except Exception as again:  # noqa: BLE001 - the server is starting, or not there yet
                error = again
                self._pause(PAUSE_SECONDS)
                continue
            if not happened:
                raise LostCommit(str(error)) from error
            return
        raise Doubt("the database does not come back after a COMMIT") from error

    def is_full(self, error: BaseException) -> bool:
        """SQLSTATE 53100."""
        return getattr(error, "sqlstate", None) == DISK_FULL

    def relieve(self) -> bool:
        """The database's disk is not ours to free."""
        return False

    def idle(self, connection: Connection) -> None:
        """The server does its own housekeeping; ours is the room for large bodies."""
        self.look(connection)

    def is_due(self) -> bool:
        """The server makes its checkpoints itself."""
        return False

    def settle(self, connection: Connection) -> None:
        """There is never anything due."""

    def look(self, connection: Connection) -> None:  # noqa: ARG002 - as the other dialect
        """See how much room is left for large bodies."""
        self._space.look(lambda: 0)
