"""A store function run again with its N-th statement failing, N = 1, 2, 3 …

Found each time as before or as after, nothing between: `fails_cleanly(store, function, *args)`.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Table, select

from mailsuite.errors import MailError, Unavailable
from mailsuite.store.opening import Store
from mailsuite.store.schema import metadata
from mailsuite.store.transaction import Transaction
from tests.store.letters import done

Contents = dict[str, list[tuple[Any, ...]]]


class Injected(Exception):  # noqa: N818 - what happens, on purpose
    """The N-th statement fails, as a full disk or a lost connection makes it."""


class _Cursor:
    """A DBAPI cursor that counts what is executed and fails once."""

    def __init__(self, cursor: Any, count: Callable[[], None]) -> None:
        self._cursor = cursor
        self._count = count

    def execute(self, *args: Any) -> Any:
        self._count()
        return self._cursor.execute(*args)

    def executemany(self, sql: str, parameters: Any) -> Any:
        # Each row is a statement of its own: the failure may come between two of them.
        for row in parameters:
            self._count()
            self._cursor.execute(sql, row)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class FailingConnection:
    """Stands in for the writer's DBAPI connection; COMMIT and the like pass uncounted."""

    def __init__(self, dbapi: Any) -> None:
        self._dbapi = dbapi
        self.armed = False
        self.executed = 0
        self.fail_at = 0

    def _count(self) -> None:
        if self.armed:
            self.executed += 1
            if self.executed == self.fail_at:
                raise Injected

    def cursor(self) -> _Cursor:
        return _Cursor(self._dbapi.cursor(), self._count)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dbapi, name)


def contents(store: Store) -> Contents:
    """Every row of every table."""

    def read(tx: Transaction) -> Contents:
        return {table.name: _sorted(tx, table) for table in metadata.sorted_tables}

    found: Contents = done(store.readers.run(read))
    return found


def _sorted(tx: Transaction, table: Table) -> list[tuple[Any, ...]]:
    return tx.execute(select(table).order_by(*table.primary_key.columns)).tuples()


def fails_cleanly(store: Store, function: Callable[..., Any], *args: Any) -> Any:
    """Run the function with its 1st, 2nd, 3rd … statement failing until it runs through.

    After each failure the store is exactly as before. Returns the result of the run that got
    through. The store must be inline (the `store` fixture).
    """
    writer = store.writer
    connection = writer._opened()
    failing = FailingConnection(connection.dbapi)
    connection.dbapi = failing
    before = contents(store)

    def counted(tx: Transaction) -> Any:
        failing.armed, failing.executed = True, 0
        try:
            return function(tx, *args)
        finally:
            failing.armed = False

    try:
        for failing.fail_at in range(1, 10_000):
            try:
                result = done(writer.run(counted))
            except (Injected, Unavailable):
                assert contents(store) == before, f"statement {failing.fail_at} left something"
                continue
            except MailError:
                pytest.fail("the function refuses even without a failure")
            assert failing.fail_at > 1, "the function ran no statement"
            return result
        raise AssertionError("it never got through")
    finally:
        connection.dbapi = failing._dbapi
