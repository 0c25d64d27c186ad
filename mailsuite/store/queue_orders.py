"""What the operator orders: show, hold, release, retry, fail, remove."""

from typing import Any

from sqlalchemy import Integer, bindparam, or_, select, update

from mailsuite.errors import NoSuchThing
from mailsuite.store.events import Event, record_event
from mailsuite.store.queue import FAILED, HELD, SCHEDULED, WAITING, take_entry
from mailsuite.store.queue_rows import Entry, whole_entries
from mailsuite.store.schema import queue_message as qm
from mailsuite.store.schema import queue_recipient as qr
from mailsuite.store.transaction import Transaction

_OF = qr.c.queue_id == bindparam("of")
# What is being tried now ends as the other host says: an order would contradict it.
_FREE = qr.c.lease_owner == ""
PAGE = (
    select(qm.c.id)
    .where(qm.c.id > bindparam("after"))
    .order_by(qm.c.id)
    .limit(bindparam("most", type_=Integer))
)
TRACE = select(qm.c.trace).where(qm.c.id == bindparam("of"))
HOLD = (
    update(qr)
    .where(_OF, qr.c.state == WAITING, _FREE)
    .values(state=HELD, lease_owner="", lease_until=0)
)
RELEASE = (
    update(qr).where(_OF, qr.c.state == HELD).values(state=WAITING, next_try=bindparam("when"))
)
TO_GO = or_(qr.c.state == WAITING, qr.c.state == SCHEDULED)  # a scheduled one is sent now, too
RETRY = update(qr).where(_OF, TO_GO, _FREE).values(next_try=bindparam("when"))
FAIL = (
    update(qr)
    .where(_OF, or_(TO_GO, qr.c.state == HELD), _FREE)
    .values(state=FAILED, last_reply=bindparam("said"), last_host="", lease_owner="", lease_until=0)
)


def list_queue(tx: Transaction, after: int, most: int) -> list[Entry]:
    """At most so many entries with ids above `after`, oldest first."""
    rows = tx.execute(PAGE, {"after": after, "most": most}).tuples()
    return whole_entries(tx, [row[0] for row in rows])


def show_entry(tx: Transaction, queue_id: int) -> Entry:
    """One entry with all its recipients. Raises `NoSuchThing`."""
    found = whole_entries(tx, [queue_id])
    if not found:
        raise NoSuchThing(f"no message {queue_id} in the queue")
    return found[0]


def hold_entry(tx: Transaction, queue_id: int) -> int:
    """Keep the waiting recipients from being tried; how many. Raises `NoSuchThing`."""
    return _order(tx, queue_id, "held", HOLD)


def release_entry(tx: Transaction, queue_id: int) -> int:
    """Let held recipients be tried again, now; how many. Raises `NoSuchThing`."""
    return _order(tx, queue_id, "released", RELEASE, when=tx.now)


def retry_entry(tx: Transaction, queue_id: int) -> int:
    """Try waiting recipients now; how many. Raises `NoSuchThing`."""
    return _order(tx, queue_id, "hurried", RETRY, when=tx.now)


def fail_entry(tx: Transaction, queue_id: int, words: str) -> int:
    """End what waits or is held as failed: the sender is told; how many. Raises `NoSuchThing`."""
    return _order(tx, queue_id, "failed", FAIL, said=words)


def remove_entry(tx: Transaction, queue_id: int) -> None:
    """Delete an entry; nobody is told. Raises `NoSuchThing`."""
    trace = _trace(tx, queue_id)
    take_entry(tx, queue_id)
    record_event(tx, trace, Event("removed", words="removed from the queue by the operator"))


def _order(tx: Transaction, queue_id: int, kind: str, statement: Any, **bound: object) -> int:
    trace = _trace(tx, queue_id)
    count = tx.execute(statement, {"of": queue_id, **bound}).count
    record_event(tx, trace, Event(kind, words=f"{count} recipients, by the operator"))
    tx.queue_changed()
    return count


def _trace(tx: Transaction, queue_id: int) -> str:
    found = tx.execute(TRACE, {"of": queue_id}).value()
    if found is None:
        raise NoSuchThing(f"no message {queue_id} in the queue")
    return str(found)
