"""What attempts did for recipients, written: as many outcomes at once as there are."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, select, update

from mailsuite.store.events import INSERT as ADD_EVENT
from mailsuite.store.events import Event, event_row
from mailsuite.store.grouping import grouped
from mailsuite.store.ids import reserve_ids
from mailsuite.store.queue import HELD, WAITING, Outcome, close_entries
from mailsuite.store.schema import queue_message as qm
from mailsuite.store.schema import queue_recipient as qr
from mailsuite.store.transaction import Transaction, any_of

GOING_ON = frozenset({WAITING, HELD})
TRIED = select(qr.c.queue_id, qr.c.n, qr.c.lease_owner, qr.c.address).where(
    any_of(qr.c.queue_id, "ids"), qr.c.state == WAITING, qr.c.lease_owner != ""
)
TRACES = select(qm.c.id, qm.c.trace).where(any_of(qm.c.id, "ids"))
SETTLE = (
    update(qr)
    .where(and_(qr.c.queue_id == bindparam("of"), qr.c.n == bindparam("nth")))
    .values(
        state=bindparam("to"),
        next_try=bindparam("again"),
        tries=qr.c.tries + 1,
        last_reply=bindparam("said"),
        last_host=bindparam("by"),
        finished=bindparam("done"),
        lease_owner="",
        lease_until=0,
    )
)

Settled = tuple[str, int, Sequence[Outcome]]  # owner of the leases, entry, outcomes


def _settle_all(tx: Transaction, jobs: Sequence[tuple[Any, ...]]) -> list[list[int]]:
    """`settle` for many entries: a statement costs the same for one and for a hundred rows."""
    ids = tx.array({queue_id for _, queue_id, _ in jobs})
    tried = {
        (queue_id, n): (owner, address)
        for queue_id, n, owner, address in tx.execute(TRIED, {"ids": ids}).tuples()
    }
    traces = dict(tx.execute(TRACES, {"ids": ids}).tuples())
    rows: list[dict[str, Any]] = []
    told: list[tuple[str, Event]] = []
    counted: list[list[int]] = []
    for owner, queue_id, outcomes in jobs:
        counted.append([])
        for outcome in outcomes:
            leased_by, address = tried.get((queue_id, outcome.n), ("", ""))
            if leased_by != owner:
                continue
            del tried[queue_id, outcome.n]  # counts once, whoever asks again in this group
            counted[-1].append(outcome.n)
            rows.append(_row(tx, queue_id, outcome))
            kind = "tried" if outcome.state in GOING_ON else outcome.state
            how = f" ({outcome.tls or 'in clear'})" if outcome.host else ""
            words = f"{address}: {outcome.reply}{how}"
            told.append((traces.get(queue_id, ""), Event(kind, outcome.host, words)))
    tx.execute_many(SETTLE, rows)
    numbers = reserve_ids(tx, "event", len(told)) if told else ()
    events = [event_row(n, tx.now, *one) for n, one in zip(numbers, told, strict=True)]
    tx.execute_many(ADD_EVENT, events)
    close_entries(tx, ids)
    return counted


@grouped(_settle_all)
def settle(tx: Transaction, owner: str, queue_id: int, outcomes: Sequence[Outcome]) -> list[int]:
    """Write what one attempt did; returns the recipients for whom it counts.

    A recipient that the operator failed or removed meanwhile, or whose lease went to somebody
    else, is left as it is.
    """
    return _settle_all(tx, [(owner, queue_id, outcomes)])[0]


def _row(tx: Transaction, queue_id: int, outcome: Outcome) -> dict[str, Any]:
    ended = outcome.state not in GOING_ON
    return {
        "of": queue_id,
        "nth": outcome.n,
        "to": outcome.state,
        "again": outcome.next_try,
        "said": outcome.reply,
        "by": outcome.host,
        "done": tx.now if ended and not outcome.report else 0,
    }
