"""Expunge: placements go, their UIDs are remembered as ranges, the messages wait in `undelete`."""

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import (
    BigInteger,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from mailsuite.store.flags import DELETED, SEEN
from mailsuite.store.ids import reserve_ids
from mailsuite.store.placements import (
    IN_SPAN,
    Counted,
    Span,
    count_change,
    lock_mailbox,
    spans_of,
)
from mailsuite.store.schema import account, expunged, placement, undelete
from mailsuite.store.transaction import Transaction


@frozen
class Expunged:
    """What one step removed; no UIDs, and the old modseq, when there was nothing."""

    modseq: int
    uids: list[int]


WITH_FLAG = placement.c.flags.op("&")(bindparam("having")) == bindparam("having")
READ_GOING = (
    select(placement.c.uid, placement.c.flags, placement.c.size)
    .where(*IN_SPAN, WITH_FLAG)
    .order_by(placement.c.uid)
)
REMOVE = delete(placement).where(*IN_SPAN, WITH_FLAG)
REMEMBER = insert(expunged)
KEEP = insert(undelete).from_select(
    (
        "id",
        "account_id",
        "message_id",
        "mailbox_name",
        "flags",
        "internal_date",
        "size",
        "expunged_at",
    ),
    select(
        cast(bindparam("first_id"), BigInteger)
        + func.row_number().over(order_by=placement.c.uid)
        - literal_column("1"),
        cast(bindparam("account"), BigInteger),
        placement.c.message_id,
        bindparam("name"),
        placement.c.flags,
        placement.c.internal_date,
        placement.c.size,
        cast(bindparam("now"), BigInteger),
    ).where(*IN_SPAN, WITH_FLAG),
)
FREE = (
    update(account)
    .where(account.c.id == bindparam("account_id"))
    .values(
        used_octets=account.c.used_octets - bindparam("octets"),
        used_messages=account.c.used_messages - bindparam("messages"),
    )
)

Going = list[tuple[int, int, int]]  # uid, flags, size


def counted_of(rows: Sequence[tuple[int, int, int]]) -> Counted:
    """What (uid, flags, size) rows add to a mailbox's counters."""
    return Counted(
        len(rows),
        sum(1 for _, flags, _ in rows if not flags & SEEN),
        sum(1 for _, flags, _ in rows if flags & DELETED),
        sum(size for _, _, size in rows),
    )


def negated(counted: Counted) -> Counted:
    """The change that takes this away."""
    return Counted(-counted.messages, -counted.unseen, -counted.deleted, -counted.octets)


def expunge_messages(
    tx: Transaction, mailbox_id: int, spans: Sequence[Span], having: int = DELETED
) -> Expunged:
    r"""Remove the messages in the spans that have the flag, `\Deleted` unless said otherwise.

    They can be taken back until the undelete time is over: `undelete` holds their references.

    Raises:
        NoSuchMailbox: the mailbox was deleted meanwhile.
    """
    account_id, name, _, modseq = lock_mailbox(tx, mailbox_id)
    going: Going = []
    for low, high in spans:
        where = _where(mailbox_id, low, high, having)
        found = tx.execute(READ_GOING, where).tuples()
        if found:
            keep_messages(tx, account_id, name, where, len(found))
            tx.execute(REMOVE, where)
            going += found
    if not going:
        return Expunged(modseq, [])
    uids = [uid for uid, _, _ in going]
    counted = counted_of(going)
    modseq = count_change(tx, mailbox_id, negated(counted))
    remember_expunged(tx, mailbox_id, modseq, uids)
    free_usage(tx, account_id, counted)
    return Expunged(modseq, uids)


def _where(mailbox_id: int, low: int, high: int, having: int) -> dict[str, Any]:
    return {"of_mailbox": mailbox_id, "low": low, "high": high, "having": having}


def keep_messages(
    tx: Transaction, account_id: int, name: str, where: dict[str, Any], count: int
) -> None:
    """Copy the placements that are about to go into `undelete`, with their references."""
    ids = reserve_ids(tx, "undelete", count)
    given = {"first_id": ids[0], "account": account_id, "name": name, "now": tx.now}
    tx.execute(KEEP, {**where, **given})


def remember_expunged(tx: Transaction, mailbox_id: int, modseq: int, uids: Sequence[int]) -> None:
    """Write rising UIDs as ranges that went at this modseq (RFC 7162 §3.2.5)."""
    rows = [
        {"mailbox_id": mailbox_id, "modseq": modseq, "uid_low": low, "uid_high": high}
        for low, high in spans_of(uids)
    ]
    tx.execute_many(REMEMBER, rows)


def free_usage(tx: Transaction, account_id: int, counted: Counted) -> None:
    """Give room back to the account."""
    tx.execute(
        FREE,
        {"account_id": account_id, "octets": counted.octets, "messages": counted.messages},
    )
