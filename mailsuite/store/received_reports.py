"""Reports that others sent about our domains, of one kind in one table."""

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, cast

from attrs import fields
from sqlalchemy import Table, bindparam, delete, insert, select

from mailsuite.errors import NoSuchThing
from mailsuite.store.ids import reserve_id
from mailsuite.store.transaction import Transaction, any_of

MOST = 10_000  # kept; the oldest go first
PIECE = 200
DETAILS = "details"  # left out of lists
GIVEN = ("id", "received")  # here, when it is kept


class Report(Protocol):
    """A record whose attributes are the table's columns; `details` comes last."""

    @property
    def id(self) -> int:
        """Given when it is kept."""
        ...


R = TypeVar("R", bound=Report)


class ReceivedReports(Generic[R]):
    """The rows of one table.

    Args:
        record: makes a report of a row.
        identity: the columns by which one report is known from another.
        what: for people.
        most: reports that are kept.
    """

    def __init__(
        self,
        table: Table,
        record: Callable[..., R],
        identity: tuple[str, ...],
        what: str,
        most: int = MOST,
    ) -> None:
        columns = table.c
        attributes: Any = fields(cast("Any", record))
        names = [attribute.name for attribute in attributes]
        listed = [columns[name] for name in names if name != DETAILS]
        self._table, self._record, self._identity, self._what = table, record, identity, what
        self._given = [name for name in names if name not in GIVEN]
        self._known = select(columns.id).where(
            *(columns[name] == bindparam(name) for name in identity)
        )
        self._insert = insert(table)
        self._newest = select(*listed).order_by(columns.id.desc()).limit(bindparam("most"))
        self._show = select(*listed, columns[DETAILS]).where(columns.id == bindparam("number"))
        self._old = (
            select(columns.id)
            .where(columns.received <= bindparam("until"))
            .order_by(columns.received)
            .limit(PIECE)
        )
        self._excess = select(columns.id).order_by(columns.id.desc()).offset(most).limit(PIECE)
        self._forget = delete(table).where(any_of(columns.id, "ids"))

    def keep(self, tx: Transaction, report: R) -> bool:
        """Keep it; False: it is there already. Its id and time are given here."""
        known = {name: getattr(report, name) for name in self._identity}
        if tx.execute(self._known, known).tuples():
            return False
        row: dict[str, Any] = {name: getattr(report, name) for name in self._given}
        number = reserve_id(tx, self._table.name)
        tx.execute(self._insert, {**row, "id": number, "received": tx.now})
        return True

    def newest(self, tx: Transaction, most: int) -> list[R]:
        """The newest first, without their details."""
        return [self._record(*row) for row in tx.execute(self._newest, {"most": most}).tuples()]

    def show(self, tx: Transaction, number: int) -> R:
        """One report with its details. Raises `NoSuchThing`."""
        rows = tx.execute(self._show, {"number": number}).tuples()
        if not rows:
            raise NoSuchThing(f"there is no {self._what} {number}")
        return self._record(*rows[0])

    def forget(self, tx: Transaction, kept_seconds: int) -> int:
        """Let go of reports that are old or too many; how many went."""
        rows = tx.execute(self._old, {"until": tx.now - kept_seconds}).tuples()
        rows = rows or tx.execute(self._excess).tuples()
        if rows:
            tx.execute(self._forget, {"ids": tx.array([row[0] for row in rows])})
        return len(rows)
