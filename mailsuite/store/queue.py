"""The queue's life: rows are leased, tried, settled, reported, and gone when all is done.

A recipient waits, or has ended: delivered, expanded, failed or expired. One that has ended and
whose sender must be told stays (`finished` 0) until the report is stored; the last to finish
takes the entry with it and gives the body's reference back. Entries come in with
`mailsuite.store.delivery.deliver`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import (
    Integer,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    update,
)

from mailsuite.message.terms import LEVELS, NOTIFY
from mailsuite.store.bodies import release_blobs
from mailsuite.store.queue_rows import Entry, entries
from mailsuite.store.schema import queue_message as qm
from mailsuite.store.schema import queue_recipient as qr
from mailsuite.store.transaction import Transaction, any_of

WAITING, HELD = "waiting", "held"
SCHEDULED = "scheduled"  # waits for its time as a whole; then `mailsuite.intake` releases it
DELIVERED, FAILED, EXPIRED = "delivered", "failed", "expired"
EXPANDED = "expanded"  # a group, whose people are recipients in its place (RFC 3461 §5.2.7.3)
SWEPT = 500  # rows that one sweep changes, so that deliveries go between

_FREE = and_(
    qr.c.state == WAITING, qr.c.next_try <= bindparam("now"), qr.c.lease_until <= bindparam("now")
)
# By equality, so that an index leads to what is due, whatever else waits.
_LEVEL = qr.c.level == bindparam("level")
_DUE = and_(qr.c.level.in_([literal_column(str(level)) for level in LEVELS]), _FREE)


def _domains() -> object:
    """Every domain of the queue by hops along its index: rows of a flooded one are not walked."""
    first = select(func.min(qr.c.domain).label("domain")).cte("domains", recursive=True)
    after = select(func.min(qr.c.domain)).where(qr.c.domain > first.c.domain).scalar_subquery()
    found = first.union_all(select(after).where(first.c.domain.is_not(None)))
    due = exists().where(qr.c.domain == found.c.domain, _DUE)
    return (
        select(found.c.domain)
        .where(found.c.domain.is_not(None), not_(any_of(found.c.domain, "busy")), due)
        .limit(bindparam("most", type_=Integer))
    )


DUE_DOMAINS: object = _domains()
LOOKED_AT = 500  # rows of a level that tell all there is, where they are fewer
DUE_AT_ALL = select(qr.c.domain).where(_LEVEL, _FREE).limit(LOOKED_AT)
DUE_OF_DOMAIN = (
    select(qr.c.queue_id, qr.c.n)
    .where(qr.c.domain == bindparam("of"), _LEVEL, _FREE)
    .order_by(qr.c.next_try, qr.c.queue_id, qr.c.n)
    .limit(bindparam("most", type_=Integer))
)
DUE_OF_ANY = (
    select(qr.c.queue_id, qr.c.n)
    .where(_LEVEL, _FREE, not_(any_of(qr.c.domain, "but")))
    .order_by(qr.c.next_try, qr.c.queue_id, qr.c.n)
    .limit(bindparam("most", type_=Integer))
)
_ROW = and_(qr.c.queue_id == bindparam("of"), qr.c.n == bindparam("nth"))
LEASE = update(qr).where(_ROW).values(lease_owner=bindparam("who"), lease_until=bindparam("end"))
RENEW = (
    update(qr)
    .where(any_of(qr.c.queue_id, "ids"), qr.c.lease_owner == bindparam("who"))
    .values(lease_until=bindparam("end"))
)
GIVE_BACK = (
    update(qr)
    .where(_ROW, qr.c.lease_owner == bindparam("who"))
    .values(lease_owner="", lease_until=0)
)
FORGET_LEASES = (
    update(qr)
    .where(qr.c.lease_owner != "", not_(any_of(qr.c.lease_owner, "alive")))
    .values(lease_owner="", lease_until=0)
)
ENDED = or_(*(qr.c.state == state for state in (DELIVERED, EXPANDED, FAILED, EXPIRED)))
FINISH = update(qr).where(_ROW, ENDED, qr.c.finished == 0).values(finished=bindparam("done"))
TOLD_DELAY, TOLD_LATE = 1, 2
WARNED = update(qr).where(_ROW).values(warned=bindparam("told"))
_FINISHED = and_(
    any_of(qm.c.id, "ids"), not_(exists().where(qr.c.queue_id == qm.c.id, qr.c.finished == 0))
)
CLOSED = select(qm.c.id).where(_FINISHED)
TAKE_MESSAGES = delete(qm).where(any_of(qm.c.id, "ids")).returning(qm.c.blob_id)
TAKE_RECIPIENTS = delete(qr).where(any_of(qr.c.queue_id, "ids"))
_IDLE = and_(qr.c.state == WAITING, qr.c.lease_until <= bindparam("now"))
_SWEEP = select(qr.c.queue_id, qr.c.n).select_from(qr.join(qm, qm.c.id == qr.c.queue_id))
OVERDUE = _SWEEP.where(qm.c.expires <= bindparam("now"), _IDLE).limit(SWEPT)
DELAYED = _SWEEP.where(
    qm.c.created <= bindparam("before"),
    qm.c.release_at <= bindparam("before"),
    qr.c.warned == 0,
    qr.c.state == WAITING,
).limit(SWEPT)
# RFC 2852 §4.1.3: told once, whether a delay was told before or not.
LATE = _SWEEP.where(
    qm.c.deliver_by > qm.c.created,
    qm.c.deliver_by <= bindparam("now"),
    or_(qm.c.by_mode == NOTIFY, qm.c.by_mode == f"{NOTIFY}T"),
    qr.c.warned < TOLD_LATE,
    qr.c.state == WAITING,
).limit(SWEPT)
UNREPORTED = _SWEEP.where(ENDED, qr.c.finished == 0, not_(any_of(qm.c.reverse_path, "but"))).limit(
    SWEPT
)
ENDED_OF = select(qr.c.queue_id, qr.c.n).where(
    qr.c.queue_id == bindparam("of"), ENDED, qr.c.finished == 0
)
NEXT_LATER = select(func.min(qr.c.next_try)).where(
    _LEVEL, qr.c.state == WAITING, qr.c.next_try > bindparam("now")
)
NEXT_SCHEDULED = select(func.min(qr.c.next_try)).where(qr.c.state == SCHEDULED)
EXPIRE = (
    update(qr)
    .where(_ROW, qr.c.state == WAITING)
    .values(state=EXPIRED, lease_owner="", lease_until=0)
)


@frozen
class Outcome:
    """What one attempt did for one recipient."""

    n: int
    state: str  # WAITING: again at `next_try`; or DELIVERED, FAILED, EXPIRED
    reply: str = ""  # the remote's words, printable and bounded
    host: str = ""
    next_try: int = 0  # seconds UTC
    report: bool = False  # its end must be told: it stays until `mark_reported`
    tls: str = ""  # "TLSv1.3": how the host was spoken to; "" in clear, or not at all


Routed = Callable[[str], bool]
MOST_DOMAINS = 1_000  # that are looked at where some domains have a route of their own


def every(_: str) -> bool:
    """All domains."""
    return True


def none(_: str) -> bool:
    """No domain."""
    return False


@frozen
class Room:
    """How much may be leased at once."""

    domains: int
    each: int  # rows of one domain
    only: Routed = every  # these domains, where all others' mail goes by one smarthost


def lease_due(
    tx: Transaction, owner: str, end: int, busy: Sequence[str], room: Room
) -> list[Entry]:
    """Lease what is due, of domains that are not `busy`, until `end` (seconds UTC).

    A domain with 100,000 rows takes no more than its share (threat S19). The entries hold
    the leased recipients only, all of one domain.
    """
    leased: list[Entry] = []
    found = due_domains(tx, busy, room.domains if room.only is every else MOST_DOMAINS)
    for domain in [name for name in found if room.only(name)][: room.domains]:
        bound = {"of": domain, "now": tx.now}
        leased += _lease(tx, owner, end, _by_level(tx, DUE_OF_DOMAIN, bound, room.each))
    return leased


def due_domains(tx: Transaction, busy: Sequence[str], most: int) -> list[str]:
    """Domains of which something is due, `most` at most.

    Where little is due its rows name them, however many domains wait for later; else, the walk
    along the index of domains ends as soon as it has found enough.
    """
    found: dict[str, None] = {}
    for level in LEVELS:
        rows = tx.execute(DUE_AT_ALL, {"now": tx.now, "level": level}).tuples()
        if len(rows) == LOOKED_AT:
            bound = {"now": tx.now, "busy": tx.array(busy), "most": most}
            return [row[0] for row in tx.execute(DUE_DOMAINS, bound).tuples()]  # type: ignore[arg-type]
        found.update(dict.fromkeys(row[0] for row in rows))
    held = frozenset(busy)
    return [domain for domain in found if domain not in held][:most]


def lease_of(tx: Transaction, owner: str, end: int, domain: str, most: int) -> list[Entry]:
    """Lease more of one domain: for a connection that stands."""
    bound = {"of": domain, "now": tx.now}
    return _lease(tx, owner, end, _by_level(tx, DUE_OF_DOMAIN, bound, most))


def lease_oldest(
    tx: Transaction, owner: str, end: int, most: int, routed: Routed = none
) -> list[Entry]:
    """Lease what is due longest, for a smarthost, which takes all but the `routed` domains."""
    but: list[str] = []
    if routed is not none:
        but = [name for name in due_domains(tx, (), MOST_DOMAINS) if routed(name)]
    return _lease(
        tx, owner, end, _by_level(tx, DUE_OF_ANY, {"now": tx.now, "but": tx.array(but)}, most)
    )


def _by_level(
    tx: Transaction, statement: Select[Any], bound: dict[str, Any], most: int
) -> list[tuple[int, ...]]:
    """The most urgent rows first (RFC 6710 §5.1)."""
    found: list[tuple[int, ...]] = []
    for level in LEVELS:
        if len(found) < most:
            asked = {**bound, "level": level, "most": most - len(found)}
            found += tx.execute(statement, asked).tuples()
    return found


def _lease(tx: Transaction, owner: str, end: int, rows: Sequence[tuple[int, ...]]) -> list[Entry]:
    tx.execute_many(LEASE, [{"of": q, "nth": n, "who": owner, "end": end} for q, n in rows])
    return sorted(entries(tx, rows), key=lambda entry: -entry.terms.level)


def renew_leases(tx: Transaction, owner: str, end: int, queue_ids: Sequence[int]) -> None:
    """Keep what this owner has leased of these entries."""
    tx.execute(RENEW, {"ids": tx.array(queue_ids), "who": owner, "end": end})


def give_back(tx: Transaction, owner: str, queue_id: int, numbers: Sequence[int]) -> None:
    """End this owner's leases of these recipients; what is due stays due.

    The same owner tries others of the entry at other hosts: their leases stand, or they would be
    tried twice at once.
    """
    tx.execute_many(GIVE_BACK, [{"of": queue_id, "nth": n, "who": owner} for n in numbers])


def forget_leases(tx: Transaction, alive: Sequence[str]) -> int:
    """End the leases of every owner but those; how many. At start: what a crash left."""
    return tx.execute(FORGET_LEASES, {"alive": tx.array(alive)}).count


def next_due(tx: Transaction, since: int) -> int | None:
    """When the next row becomes due that was not so at `since`, seconds UTC; None: no such row."""
    times = [tx.execute(NEXT_LATER, {"now": since, "level": level}).value() for level in LEVELS]
    times.append(tx.execute(NEXT_SCHEDULED, {}).value())
    return min((int(time) for time in times if time is not None), default=None)


def mark_reported(tx: Transaction, queue_id: int, numbers: Sequence[int]) -> None:
    """The reports about these recipients are stored, or none is wanted: they are finished."""
    tx.execute_many(FINISH, [{"of": queue_id, "nth": n, "done": tx.now} for n in numbers])
    close_finished(tx, queue_id)


def mark_warned(
    tx: Transaction, queue_id: int, numbers: Sequence[int], told: int = TOLD_DELAY
) -> None:
    """The sender knows that these take longer (`TOLD_DELAY`), or came too late (`TOLD_LATE`)."""
    tx.execute_many(WARNED, [{"of": queue_id, "nth": n, "told": told} for n in numbers])


def has_overdue(tx: Transaction) -> bool:
    """Whether anything waited for too long: looked for by a reader, since it walks the queue."""
    return bool(tx.execute(OVERDUE, {"now": tx.now}).tuples())


def expire_overdue(tx: Transaction) -> int:
    """End what waited for too long and is not being tried; how many rows, `SWEPT` at most."""
    rows = tx.execute(OVERDUE, {"now": tx.now}).tuples()
    tx.execute_many(EXPIRE, [{"of": q, "nth": n} for q, n in rows])
    return len(rows)


def read_unreported(tx: Transaction, but: Sequence[str] = ()) -> list[Entry]:
    """Entries with the recipients whose end is still to be told; `but` of these senders."""
    return entries(tx, tx.execute(UNREPORTED, {"but": tx.array(but)}).tuples())


def read_ended(tx: Transaction, queue_id: int) -> list[Entry]:
    """The same of one entry; empty when there is nothing to tell."""
    return entries(tx, tx.execute(ENDED_OF, {"of": queue_id}).tuples())


def read_delayed(tx: Transaction, before: int) -> list[Entry]:
    """Entries with the recipients that wait since before then and without a warning."""
    return entries(tx, tx.execute(DELAYED, {"before": before}).tuples())


def read_late(tx: Transaction) -> list[Entry]:
    """Entries with the recipients who should have the message by now (RFC 2852 §4.1.3)."""
    return entries(tx, tx.execute(LATE, {"now": tx.now}).tuples())


def take_entry(tx: Transaction, queue_id: int) -> bool:
    """Delete an entry with its recipients; whether it was there."""
    return bool(_take(tx, tx.array([queue_id])))


def close_finished(tx: Transaction, queue_id: int) -> None:
    """Take the entry away once all its recipients are finished."""
    close_entries(tx, tx.array([queue_id]))


def close_entries(tx: Transaction, ids: Any) -> None:
    """The same for many; `ids` is a parameter of `any_of`."""
    closed = [row[0] for row in tx.execute(CLOSED, {"ids": ids}).tuples()]
    if closed:
        _take(tx, tx.array(closed))


def _take(tx: Transaction, ids: Any) -> int:
    bodies = [row[0] for row in tx.execute(TAKE_MESSAGES, {"ids": ids}).tuples()]
    tx.execute(TAKE_RECIPIENTS, {"ids": ids})
    release_blobs(tx, bodies)
    return len(bodies)
