"""Which thread a message belongs to, for ever (RFC 8474 §5.2, THREADID).

Found out when a client first asks: in a delivery it would cost a random page of an index for each
message. A thread bears the id of the message that began it; within an account every message id
that one of its messages bears or refers to leads there. Once told, a message stays where it is.
"""

import struct
from collections.abc import Sequence
from typing import TypeAlias

from attrs import frozen
from sqlalchemy import bindparam, insert, select, update

from mailsuite.message.ordering import VERSION
from mailsuite.store.schema import account, message, placement
from mailsuite.store.schema_ordering import sort_key, thread_link
from mailsuite.store.sorting import MADE, Made, make_keys
from mailsuite.store.transaction import Transaction, any_of

LINKS = 20  # of a message's references: the first, and its nearest ancestors

UNTHREADED = (
    select(
        placement.c.uid,
        message.c.id,
        message.c.account_id,
        message.c.blob_id,
        sort_key.c.version,
        sort_key.c.own,
        sort_key.c.ancestors,
    )
    .select_from(
        placement.join(message, message.c.id == placement.c.message_id).outerjoin(
            sort_key, sort_key.c.id == message.c.blob_id
        )
    )
    .where(
        placement.c.mailbox_id == bindparam("of_mailbox"),
        placement.c.uid >= bindparam("low"),
        placement.c.uid <= bindparam("high"),
        message.c.thread_id == 0,
    )
    .order_by(placement.c.uid)
    .limit(MADE)
)
# Two processes never give two threads the same message id (PostgreSQL).
LOCK = select(account.c.id).where(account.c.id == bindparam("account_id")).with_for_update()
KNOWN = select(thread_link.c.hash, thread_link.c.thread_id).where(
    thread_link.c.account_id == bindparam("account_id"), any_of(thread_link.c.hash, "hashes")
)
LINK = insert(thread_link)
JOIN = (
    update(message)
    .where(message.c.id == bindparam("of"), message.c.thread_id == 0)
    .values(thread_id=bindparam("thread"))
)

Unthreaded: TypeAlias = tuple[int, int, tuple[int, ...]]  # account, message, ids: its own is last


@frozen
class UnthreadedRows:
    """Some messages without a thread; `last` is the UID of the last, 0 if there are no more."""

    rows: list[Unthreaded]
    made: list[Made]
    last: int


def read_unthreaded(tx: Transaction, mailbox_id: int, low: int, high: int) -> UnthreadedRows:
    """Read messages between two UIDs that have no thread yet, at most `MADE` of them."""
    where = {"of_mailbox": mailbox_id, "low": low, "high": high}
    found = tx.execute(UNTHREADED, where).tuples()
    made = make_keys(tx, [row[3] for row in found if row[4] is None or row[4] < VERSION])
    rows = []
    for _, message_id, account_id, blob_id, _, own, ancestors in found:
        keys = made.get(blob_id)
        if keys is not None:
            own, ancestors = keys.own, keys.ancestors  # noqa: PLW2901 - those of today
        rows.append((account_id, message_id, _ids(own, ancestors)))
    return UnthreadedRows(rows, list(made.items()), found[-1][0] if len(found) == MADE else 0)


def _ids(own: int, ancestors: bytes) -> tuple[int, ...]:
    numbers = struct.unpack(f"<{len(ancestors) // 8}q", ancestors)
    if len(numbers) > LINKS:
        numbers = (numbers[0], *numbers[1 - LINKS :])
    return (*numbers, own) if own else numbers


def join_threads(tx: Transaction, mailbox_id: int, rows: Sequence[Unthreaded]) -> None:
    """Give each message its thread: that of its nearest relative, or one of its own."""
    del mailbox_id  # threads are an account's
    for account_id in {row[0] for row in rows}:
        _join(tx, account_id, [row[1:] for row in rows if row[0] == account_id])


def _join(tx: Transaction, account_id: int, rows: Sequence[tuple[int, tuple[int, ...]]]) -> None:
    tx.execute(LOCK, {"account_id": account_id})
    hashes = tx.array({number for _, ids in rows for number in ids})
    asked = {"account_id": account_id, "hashes": hashes}
    known: dict[int, int] = dict(tx.execute(KNOWN, asked).tuples())
    before = set(known)
    threads = []
    for message_id, ids in sorted(rows):
        thread = next((known[number] for number in reversed(ids) if number in known), message_id)
        for number in ids:
            known.setdefault(number, thread)
        threads.append({"of": message_id, "thread": thread})
    tx.execute_many(
        LINK,
        [
            {"account_id": account_id, "hash": number, "thread_id": thread}
            for number, thread in known.items()
            if number not in before
        ],
    )
    tx.execute_many(JOIN, threads)
