"""Queue entries as records, read by the relay and by the operator."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import select

from mailsuite.message.terms import NO_TERMS, Terms
from mailsuite.store.schema import queue_message as qm
from mailsuite.store.schema import queue_recipient as qr
from mailsuite.store.transaction import Transaction, any_of


@frozen
class EntryRecipient:
    """One recipient of an entry; its columns as in `mailsuite.store.schema`."""

    n: int
    address: str
    domain: str
    notify: str
    orcpt: str
    state: str
    next_try: int  # seconds UTC
    tries: int
    warned: bool
    leased: bool  # being tried now, or was when its process died
    last_reply: str
    last_host: str
    finished: int  # seconds UTC; 0: not yet


@frozen
class Entry:
    """A queued message with some or all of its recipients."""

    id: int
    blob_id: int
    prefix: bytes
    trace: str
    reverse_path: str  # "": the null sender
    account_id: int | None
    envid: str
    ret: str
    eightbit: bool
    smtputf8: bool
    size: int
    created: int  # seconds UTC
    expires: int
    recipients: tuple[EntryRecipient, ...]
    terms: Terms = NO_TERMS


MESSAGES = select(
    qm.c.id,
    qm.c.blob_id,
    qm.c.prefix,
    qm.c.trace,
    qm.c.reverse_path,
    qm.c.account_id,
    qm.c.envid,
    qm.c.ret,
    qm.c.eightbit,
    qm.c.smtputf8,
    qm.c.size,
    qm.c.created,
    qm.c.expires,
    qm.c.tls,
    qm.c.deliver_by,
    qm.c.by_mode,
    qm.c.release_at,
    qm.c.hold,
    qm.c.priority,
).where(any_of(qm.c.id, "ids"))
RECIPIENTS = (
    select(
        qr.c.queue_id,
        qr.c.n,
        qr.c.address,
        qr.c.domain,
        qr.c.notify,
        qr.c.orcpt,
        qr.c.state,
        qr.c.next_try,
        qr.c.tries,
        qr.c.warned,
        qr.c.lease_owner,
        qr.c.last_reply,
        qr.c.last_host,
        qr.c.finished,
    )
    .where(any_of(qr.c.queue_id, "ids"))
    .order_by(qr.c.queue_id, qr.c.n)
)


def entries(tx: Transaction, rows: Sequence[tuple[int, ...]]) -> list[Entry]:
    """The entries of these (queue_id, n), each with those recipients only."""
    wanted = set(rows)
    return _read(tx, sorted({row[0] for row in rows}), wanted)


def whole_entries(tx: Transaction, ids: Sequence[int]) -> list[Entry]:
    """These entries with all their recipients; those that are gone are left out."""
    return _read(tx, ids, None)


def _read(tx: Transaction, ids: Sequence[int], wanted: set[tuple[int, ...]] | None) -> list[Entry]:
    if not ids:
        return []
    bound = {"ids": tx.array(ids)}
    recipients: dict[int, list[EntryRecipient]] = defaultdict(list)
    for queue_id, n, *fields in tx.execute(RECIPIENTS, bound).tuples():
        if wanted is None or (queue_id, n) in wanted:
            address, domain, notify, orcpt, state, next_try, tries, warned, owner, *told = fields
            recipients[queue_id].append(
                EntryRecipient(
                    n, address, domain, notify, orcpt, state, next_try, tries, bool(warned),
                    bool(owner), *told,
                )
            )  # fmt: skip
    return [
        Entry(
            row.id, row.blob_id, bytes(row.prefix), row.trace, row.reverse_path, row.account_id,
            row.envid, row.ret, bool(row.eightbit), bool(row.smtputf8), row.size, row.created,
            row.expires, tuple(recipients[row.id]), _terms(row),
        )
        for row in sorted(tx.execute(MESSAGES, bound).all(), key=lambda row: int(row.id))
    ]  # fmt: skip


def _terms(row: Any) -> Terms:
    return Terms(
        row.tls, row.deliver_by, row.by_mode[:1], row.by_mode.endswith("T"), row.release_at,
        row.hold, row.priority,
    )  # fmt: skip
