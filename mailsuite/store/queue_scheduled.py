"""Scheduled messages in the queue: they wait as they were submitted (RFC 4865).

At its time the intake takes the message in anew, and these rows end in the same transaction.
"""

from attrs import frozen
from sqlalchemy import and_, bindparam, exists, func, select, update

from mailsuite.errors import NoSuchThing
from mailsuite.store.queue import DELIVERED, FAILED, SCHEDULED, close_finished
from mailsuite.store.queue_rows import Entry, entries
from mailsuite.store.schema import queue_message as qm
from mailsuite.store.schema import queue_recipient as qr
from mailsuite.store.transaction import Transaction

_ROW = and_(qr.c.queue_id == bindparam("of"), qr.c.n == bindparam("nth"))
RELEASED_AT_ONCE = 100
SCHEDULED_DUE = (
    select(qr.c.queue_id, qr.c.n)
    .where(qr.c.state == SCHEDULED, qr.c.next_try <= bindparam("now"))
    .order_by(qr.c.next_try, qr.c.queue_id, qr.c.n)
    .limit(RELEASED_AT_ONCE)
)
SCHEDULED_OF = select(func.count(qr.c.queue_id.distinct())).where(
    qr.c.state == SCHEDULED,
    exists().where(qm.c.id == qr.c.queue_id, qm.c.account_id == bindparam("account")),
)
_SCHEDULED = and_(_ROW, qr.c.state == SCHEDULED)
RELEASE_SCHEDULED = update(qr).where(_SCHEDULED).values(state=DELIVERED, finished=bindparam("done"))
FAIL_SCHEDULED = update(qr).where(_SCHEDULED).values(state=FAILED, last_reply=bindparam("said"))
POSTPONE = update(qr).where(_SCHEDULED).values(next_try=bindparam("again"))


@frozen
class Ended:
    """Scheduled recipients of an entry that a delivery takes the place of."""

    queue_id: int
    numbers: tuple[int, ...]


def read_scheduled(tx: Transaction) -> list[Entry]:
    """Entries with the recipients whose time has come, `RELEASED_AT_ONCE` rows at most."""
    return entries(tx, tx.execute(SCHEDULED_DUE, {"now": tx.now}).tuples())


def count_scheduled(tx: Transaction, account_id: int) -> int:
    """How many entries of an account wait for their time."""
    return int(tx.execute(SCHEDULED_OF, {"account": account_id}).value() or 0)


def end_scheduled(tx: Transaction, ended: Ended) -> None:
    """These recipients have gone their way. Raises `NoSuchThing`: one had gone before."""
    for n in ended.numbers:
        done = {"of": ended.queue_id, "nth": n, "done": tx.now}
        if not tx.execute(RELEASE_SCHEDULED, done).count:
            raise NoSuchThing(f"recipient {n} of queue entry {ended.queue_id}")
    close_finished(tx, ended.queue_id)


def fail_scheduled(tx: Transaction, ended: Ended, words: str) -> None:
    """They cannot be delivered: their sender is to be told."""
    rows = [{"of": ended.queue_id, "nth": n, "said": words} for n in ended.numbers]
    tx.execute_many(FAIL_SCHEDULED, rows)


def postpone_scheduled(tx: Transaction, ended: Ended, until: int) -> None:
    """Trouble that will pass: again at `until`, seconds UTC."""
    rows = [{"of": ended.queue_id, "nth": n, "again": until} for n in ended.numbers]
    tx.execute_many(POSTPONE, rows)
