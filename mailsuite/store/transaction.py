"""A transaction: Core statements, their compiled text run on the DBAPI cursor.

`Connection.execute` costs about 100 us a statement (Result, context, events), six times the
work itself; compiled text on the cursor costs that work alone. No bind or result processors
run, so tables hold ints, str and bytes only (`mailsuite.store.schema`).
"""

import json
import time
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Executable, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert

from mailsuite.store.files import LargeFiles
from mailsuite.store.space import Space

Parameters = Mapping[str, Any]

ID_BLOCK = 256
MULTIPLES = (64, 16, 8, 4, 2, 1)  # rows of one INSERT; 64 of the widest table are 700 parameters


class any_of(ColumnElement[bool]):  # noqa: N801 - reads as SQL does
    """`column = any of :name`, one statement text for any number of values.

    The parameter is made by `Transaction.array`.
    """

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.parameter: BindParameter[Any] = bindparam(name)


@compiles(any_of)
def _any_of_json(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    left, right = compiler.process(element.column, **kw), compiler.process(element.parameter, **kw)
    return f"{left} IN (SELECT value FROM json_each({right}))"  # noqa: S608 - compiled parts


@compiles(any_of, "postgresql")
def _any_of_array(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    left = compiler.process(element.column, **kw)
    # Written by hand: a cast to the column's own type would not fit an array.
    compiler.process(element.parameter, **kw)
    return f"{left} = ANY(%({element.parameter.key})s)"


class Prepared:
    """A Core construct as driver text, compiled once for a dialect."""

    __slots__ = ("fixed", "multiples", "order", "row", "sql")

    def __init__(
        self, statement: Executable, dialect: Dialect, names: Iterable[str] | None
    ) -> None:
        compiled = statement.compile(  # type: ignore[attr-defined]
            dialect=dialect, column_keys=None if names is None else list(names)
        )
        self.sql = str(compiled)
        self.fixed = {
            key: value
            for key, value in compiled.params.items()
            if type(value) in (int, str, bytes)  # symbols for "required" are left out
        }
        self.order: list[str] | None = compiled.positiontup if compiled.positional else None
        self.multiples: dict[int, str] = {}
        self.row: Callable[[Iterable[Any]], Any] | None = None

    def bind(self, parameters: Parameters) -> Any:
        """Parameters as the driver takes them."""
        if self.order is None:
            return {**self.fixed, **parameters}
        if not self.fixed:
            return [parameters[key] for key in self.order]
        merged = {**self.fixed, **parameters}
        return [merged[key] for key in self.order]

    def repeated(self, count: int) -> str:
        """The text of an INSERT with so many rows after VALUES."""
        found = self.multiples.get(count)
        if found is None:
            head, _, row = self.sql.rpartition(" VALUES ")
            assert row.startswith("("), self.sql
            found = self.multiples[count] = f"{head} VALUES {', '.join([row] * count)}"
        return found

    def named(self, description: Sequence[Sequence[Any]]) -> Callable[[Iterable[Any]], Any]:
        """The maker of this statement's rows: named tuples."""
        if self.row is None:
            names = [column[0] for column in description]
            row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - made from what the statement returns
            self.row = row._make
        return self.row


class Rows:
    """What a statement returned."""

    __slots__ = ("_cursor", "_prepared")

    def __init__(self, cursor: Any, prepared: Prepared) -> None:
        self._cursor = cursor
        self._prepared = prepared

    @property
    def count(self) -> int:
        """Rows that an UPDATE or DELETE touched."""
        return int(self._cursor.rowcount)

    def tuples(self) -> list[tuple[Any, ...]]:
        """All rows as plain tuples: the fast way for many."""
        rows: list[tuple[Any, ...]] = self._cursor.fetchall()
        return rows

    def chunks(self, size: int = 2000) -> Iterator[list[tuple[Any, ...]]]:
        """All rows in lists of `size`: between them other threads get the GIL."""
        while rows := self._cursor.fetchmany(size):
            yield rows

    def all(self) -> list[Any]:
        """All rows, with their columns as attributes."""
        rows = self._cursor.fetchall()
        return list(map(self._prepared.named(self._cursor.description), rows)) if rows else []

    def __iter__(self) -> Iterator[Any]:
        return iter(self.all())

    def one_or_none(self) -> Any:
        """The first row with its columns as attributes, or None."""
        row = self._cursor.fetchone()
        return None if row is None else self._prepared.named(self._cursor.description)(row)

    def one(self) -> Any:
        """The first row; there must be one."""
        row = self.one_or_none()
        if row is None:
            raise LookupError(self._prepared.sql)
        return row

    def value(self) -> Any:
        """The first column of the first row, or None."""
        row = self._cursor.fetchone()
        return None if row is None else row[0]


class Connection:
    """One DBAPI connection with the statements compiled for it; owned by one thread."""

    def __init__(
        self, dbapi: Any, dialect: Dialect, large: LargeFiles, space: Space, begin: str = "BEGIN"
    ) -> None:
        self.dbapi = dbapi
        self.large = large
        self.space = space
        self.begin = begin  # opens a reading transaction
        self.began = time.monotonic()  # its beginning, for the limit on long reads
        self.dialect = dialect
        self.is_sqlite = dialect.name == "sqlite"
        self.block = ID_BLOCK  # ids reserved at once; 1 where several workers write
        self.ids: dict[str, range] = {}  # reserved and not yet given out (`mailsuite.store.ids`)
        self._prepared: dict[Any, Prepared] = {}

    def prepare(self, statement: Executable, parameters: Parameters) -> Prepared:
        """The driver text of a statement, compiled at its first use."""
        # Only an INSERT's text depends on which columns are given.
        key = (statement, tuple(parameters)) if isinstance(statement, Insert) else statement
        found = self._prepared.get(key)
        if found is None:
            names = tuple(parameters) if isinstance(statement, Insert) else None
            found = self._prepared[key] = Prepared(statement, self.dialect, names or None)
        return found

    @property
    def broken(self) -> bool:
        """Whether the connection is lost and a new one must be made."""
        return bool(getattr(self.dbapi, "closed", False))

    def plain(self, sql: str) -> Any:
        """Run driver text as it is (BEGIN, PRAGMA, SAVEPOINT …)."""
        if sql.startswith("ROLLBACK"):
            self.ids.clear()  # their reservation may be undone with the rest
        cursor = self.dbapi.cursor()
        cursor.execute(sql)
        return cursor


class Transaction:
    """The open transaction, as store functions see it. They never commit.

    What a function says with `mailbox_changed` and its like is told on the change bus after
    COMMIT and before any result is given out.
    """

    __slots__ = ("accounts", "connection", "mailboxes", "now", "people", "queue")

    def __init__(self, connection: Connection, now: int) -> None:
        self.connection = connection
        self.now = now  # seconds UTC, one instant for the whole transaction
        self.mailboxes: dict[int, int] = {}
        self.accounts: set[int] = set()
        self.queue = False
        self.people = False

    @property
    def is_sqlite(self) -> bool:
        """Whether the dialect is SQLite (else PostgreSQL)."""
        return self.connection.is_sqlite

    @property
    def large(self) -> LargeFiles:
        """Where the large bodies lie."""
        return self.connection.large

    def execute(self, statement: Executable, parameters: Parameters | None = None) -> Rows:
        """Run one statement."""
        parameters = parameters or {}
        prepared = self.connection.prepare(statement, parameters)
        cursor = self.connection.dbapi.cursor()
        cursor.execute(prepared.sql, prepared.bind(parameters))
        return Rows(cursor, prepared)

    def execute_many(self, statement: Executable, rows: Sequence[Parameters]) -> None:
        """Run one statement for every row; all rows have the same keys."""
        if not rows:
            return
        prepared = self.connection.prepare(statement, rows[0])
        cursor = self.connection.dbapi.cursor()
        if not (self.is_sqlite and isinstance(statement, Insert)):
            cursor.executemany(prepared.sql, [prepared.bind(row) for row in rows])
            return
        # sqlite3 lets go of the interpreter for every row, and getting it back from a busy
        # reactor costs more than the row: so many rows are one statement, in a few sizes.
        at = 0
        for size in MULTIPLES:
            while len(rows) - at >= size:
                some = rows[at : at + size]
                cursor.execute(
                    prepared.repeated(size), [value for row in some for value in prepared.bind(row)]
                )
                at += size

    def array(self, values: Iterable[int] | Iterable[str]) -> Any:
        """A parameter for `any_of`."""
        return json.dumps(list(values)) if self.is_sqlite else list(values)

    def mailbox_changed(self, mailbox_id: int, modseq: int) -> None:
        """Tell, after COMMIT, that the mailbox is at this modification number."""
        if self.mailboxes.get(mailbox_id, 0) < modseq:
            self.mailboxes[mailbox_id] = modseq

    def account_changed(self, account_id: int) -> None:
        """Tell, after COMMIT, that the account (or its list of mailboxes) changed."""
        self.accounts.add(account_id)

    def people_changed(self) -> None:
        """Tell, after COMMIT, that addresses may lead elsewhere than before."""
        self.people = True

    def queue_changed(self) -> None:
        """Tell, after COMMIT, that something in the queue is due."""
        self.queue = True
