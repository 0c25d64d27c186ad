"""Counts by day and domain that wait to be reported: in memory for a minute, then in a table.

What is counted costs no transaction of its own; what a crash takes is a minute of figures.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from hashlib import sha256
from typing import Any, Generic, TypeVar

from attrs import frozen
from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.store.opening import Store
from mailsuite.store.transaction import Transaction

DAY = 86_400
FLUSH_SECONDS = 60.0
KINDS = 5_000  # held at once; then they are written

K = TypeVar("K", bound=Hashable)


@frozen
class DayCount:
    """So many of one kind, under one domain on one day (since 1970, UTC)."""

    day: int
    domain: str
    facts: str  # JSON: what these have in common
    count: int


class DayCounts:
    """The rows of one table: `day`, `domain`, `digest` of the facts, `facts`, and a number.

    Args:
        number: the column that counts.
        most: kinds of one domain a day; more than that are a flood.
        others: the facts under which what is over that is counted; None: it is left out.
    """

    def __init__(self, table: Table, number: str, most: int, others: str | None = None) -> None:
        columns, counted = table.c, table.c[number]
        of_domain = (columns.day == bindparam("on_day"), columns.domain == bindparam("of_domain"))
        rows = select(columns.day, columns.domain, columns.facts, counted)
        self._number, self._most, self._others = number, most, others
        self._add = (
            update(table)
            .where(*of_domain, columns.digest == bindparam("of_digest"))
            .values({counted: counted + bindparam("more")})
            .returning(counted)
        )
        self._insert = insert(table)
        self._kinds = select(func.count()).where(*of_domain)
        self._finished = (
            select(columns.day, columns.domain)
            .where(columns.day < bindparam("before"))
            .distinct()
            .order_by(columns.day, columns.domain)
            .limit(bindparam("most"))
        )
        self._of_domain = rows.where(*of_domain).order_by(columns.digest)
        self._oldest = rows.order_by(columns.day, columns.domain, columns.digest).limit(
            bindparam("most")
        )
        self._forget = delete(table).where(*of_domain)
        self._forget_before = delete(table).where(columns.day < bindparam("before"))

    def add(self, tx: Transaction, counted: Sequence[DayCount]) -> None:
        """Add to what was counted."""
        for one in counted:
            if self._added(tx, one, one.facts):
                continue
            held = {"on_day": one.day, "of_domain": one.domain}
            facts: str | None = one.facts
            if int(tx.execute(self._kinds, held).value()) >= self._most:
                facts = self._others
                if facts is None or self._added(tx, one, facts):
                    continue
            assert facts is not None
            row = {"day": one.day, "domain": one.domain, "digest": _digest(facts), "facts": facts}
            tx.execute(self._insert, {**row, self._number: one.count})

    def _added(self, tx: Transaction, one: DayCount, facts: str) -> bool:
        where = {"on_day": one.day, "of_domain": one.domain, "of_digest": _digest(facts)}
        return bool(tx.execute(self._add, {**where, "more": one.count}).tuples())

    def finished(self, tx: Transaction, before: int, most: int) -> list[tuple[int, str]]:
        """Days and domains that are still to be reported, of days before this one."""
        return tx.execute(self._finished, {"before": before, "most": most}).tuples()

    def of(self, tx: Transaction, day: int, domain: str) -> list[DayCount]:
        """What was counted of one domain on one day."""
        rows = tx.execute(self._of_domain, {"on_day": day, "of_domain": domain}).tuples()
        return [DayCount(*row) for row in rows]

    def oldest(self, tx: Transaction, most: int) -> list[DayCount]:
        """What was counted and is not reported yet, oldest first."""
        return [DayCount(*row) for row in tx.execute(self._oldest, {"most": most}).tuples()]

    def forget(self, tx: Transaction, day: int, domain: str) -> None:
        """They were reported, or nobody wants to hear of them."""
        tx.execute(self._forget, {"on_day": day, "of_domain": domain})

    def forget_before(self, tx: Transaction, day: int) -> None:
        """Let go of what could not be reported in time."""
        tx.execute(self._forget_before, {"before": day})


class CountingDays(Generic[K]):
    """Counts on the reactor thread, and writes it down together once in a while.

    Args:
        kept: where it is written.
        facts_of: the domain and the facts (JSON) of a kind, when it is written.
        reactor: says when it is time to write.
    """

    log = Logger()

    def __init__(
        self, store: Store, reactor: Any, kept: DayCounts, facts_of: Callable[[K], tuple[str, str]]
    ) -> None:
        self._store = store
        self._reactor = reactor
        self._kept = kept
        self._facts_of = facts_of
        self._held: Counter[tuple[int, K]] = Counter()
        self._timer: Any = None

    def note(self, kind: K) -> None:
        """It happened once more, today."""
        self._held[int(self._store.clock()) // DAY, kind] += 1
        if len(self._held) >= KINDS:
            self._spawn()
        elif self._timer is None:
            self._timer = self._reactor.callLater(FLUSH_SECONDS, self._spawn)

    async def flush(self) -> None:
        """Write what was counted."""
        held, self._held = self._held, Counter()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if held:
            counted = [
                DayCount(day, *self._facts_of(kind), count) for (day, kind), count in held.items()
            ]
            await self._store.writer.run(self._kept.add, counted)

    def _spawn(self) -> None:
        writing = Deferred.fromCoroutine(self.flush())
        writing.addErrback(lambda failure: self.log.failure("counts for reports", failure))


def _digest(facts: str) -> str:
    return sha256(facts.encode()).hexdigest()[:32]
