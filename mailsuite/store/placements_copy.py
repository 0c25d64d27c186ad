"""COPY and MOVE: new placements of the same messages, each call one transaction.

A copy shares the message and its body; only references, counters and the quota move.
"""

from collections.abc import Sequence

from attrs import evolve, field, frozen
from sqlalchemy import bindparam, delete, insert, select, update

from mailsuite.errors import NoSuchMailbox, NoSuchTarget, OverQuota
from mailsuite.store.flags import EVERY_FLAG, read_keywords, translate_word
from mailsuite.store.mailboxes import read_usage
from mailsuite.store.placements import (
    IN_SPAN,
    Counted,
    Span,
    count_change,
    lock_mailbox,
    spans_of,
)
from mailsuite.store.placements_expunge import (
    counted_of,
    free_usage,
    negated,
    remember_expunged,
)
from mailsuite.store.schema import mailbox, message, placement
from mailsuite.store.transaction import Transaction


@frozen
class Copied:
    """What was copied or moved: old and new UIDs side by side, both rising."""

    uidvalidity: int = 0  # of the target
    old: Sequence[int] = field(factory=list)
    new: Sequence[int] = field(factory=list)


@frozen
class _Source:
    uid: int
    message_id: int
    flags: int
    internal_date: int
    size: int
    uidl: int


READ_PLACEMENTS = (
    select(
        placement.c.uid,
        placement.c.message_id,
        placement.c.flags,
        placement.c.internal_date,
        placement.c.size,
        placement.c.uidl,
    )
    .where(*IN_SPAN)
    .order_by(placement.c.uid)
)
ADD_PLACEMENT = insert(placement)
REMOVE_PLACEMENTS = delete(placement).where(*IN_SPAN)
REFER = (
    update(message).where(message.c.id == bindparam("message_id")).values(refs=message.c.refs + 1)
)
TAKE_UIDS = (
    update(mailbox)
    .where(mailbox.c.id == bindparam("mailbox_id"))
    .values(uidnext=mailbox.c.uidnext + bindparam("count"))
    .returning(mailbox.c.uidnext)
)


def copy_messages(
    tx: Transaction, source_id: int, spans: Sequence[Span], target_id: int, kept: int = EVERY_FLAG
) -> Copied:
    """Copy what is there of the spans; all of it or nothing (RFC 3501 §6.4.7).

    Flags outside of `kept` are left behind (RFC 4314 §4, COPY).

    Raises:
        OverQuota: the target's account has no room for all of it.
        NoSuchMailbox: the source is gone.
        NoSuchTarget: the target is gone.
    """
    lock_mailbox(tx, source_id)
    rows = _with_flags(_read(tx, source_id, spans), kept)
    account_id = _owner(tx, target_id)
    _check_room(tx, account_id, rows)
    copied = _place(tx, source_id, rows, target_id, None)
    if rows:
        tx.execute_many(REFER, [{"message_id": row.message_id} for row in rows])
        free_usage(tx, account_id, negated(_counted(rows)))
    return copied


def move_messages(
    tx: Transaction, source_id: int, spans: Sequence[Span], target_id: int, kept: int = EVERY_FLAG
) -> Copied:
    """Move what is there of the spans, all or nothing; in the source they are expunged (RFC 6851).

    POP3's id of each message goes with it, references stay as they are, and usage does within an
    account. Flags outside of `kept` are left behind.

    Raises:
        OverQuota: the target is another account's, which has no room.
        NoSuchMailbox: the source is gone.
        NoSuchTarget: the target is gone.
    """
    giver = lock_mailbox(tx, source_id)[0]
    rows = _read(tx, source_id, spans)
    taker = _owner(tx, target_id)
    if giver != taker:
        _check_room(tx, taker, rows)
        free_usage(tx, giver, _counted(rows))
        free_usage(tx, taker, negated(_counted(rows)))
    gone = _counted(rows)
    rows = _with_flags(rows, kept)
    # Before the new ones are written: the target may be the source, whose new UIDs are higher.
    for low, high in spans_of(row.uid for row in rows):
        tx.execute(REMOVE_PLACEMENTS, {"of_mailbox": source_id, "low": low, "high": high})
    copied = _place(tx, source_id, rows, target_id, [row.uidl for row in rows])
    if rows:
        modseq = count_change(tx, source_id, negated(gone))
        remember_expunged(tx, source_id, modseq, copied.old)
    return copied


def _owner(tx: Transaction, target_id: int) -> int:
    """Whose the target is, which is taken for changing."""
    try:
        return lock_mailbox(tx, target_id)[0]
    except NoSuchMailbox as error:
        raise NoSuchTarget from error


def _read(tx: Transaction, mailbox_id: int, spans: Sequence[Span]) -> list[_Source]:
    rows: list[_Source] = []
    for low, high in spans:
        where = {"of_mailbox": mailbox_id, "low": low, "high": high}
        rows += [_Source(*found) for found in tx.execute(READ_PLACEMENTS, where).tuples()]
    return rows


def _with_flags(rows: list[_Source], kept: int) -> list[_Source]:
    """The rows with those flags only that may be set in the target."""
    if kept == EVERY_FLAG:
        return rows
    return [evolve(row, flags=row.flags & kept) for row in rows]


def _counted(rows: Sequence[_Source]) -> Counted:
    return counted_of([(row.uid, row.flags, row.size) for row in rows])


def _check_room(tx: Transaction, account_id: int, rows: Sequence[_Source]) -> None:
    usage = read_usage(tx, account_id)
    octets = usage.used_octets + sum(row.size for row in rows)
    messages = usage.used_messages + len(rows)
    if (usage.quota_octets and octets > usage.quota_octets) or (
        usage.quota_messages and messages > usage.quota_messages
    ):
        raise OverQuota


def _place(
    tx: Transaction,
    source_id: int,
    rows: Sequence[_Source],
    target_id: int,
    uidls: Sequence[int] | None,
) -> Copied:
    """Write new placements; their UIDs follow the order of the old ones."""
    uidvalidity = lock_mailbox(tx, target_id)[2]
    if not rows:
        return Copied(uidvalidity)
    after = tx.execute(TAKE_UIDS, {"mailbox_id": target_id, "count": len(rows)}).value()
    uids = range(after - len(rows), after)
    if uidls is None:  # unique, as UIDVALIDITY is
        uidls = [uidvalidity << 32 | uid for uid in uids]
    words = _translated(tx, source_id, rows, target_id)
    modseq = count_change(tx, target_id, _counted(rows))
    tx.execute_many(
        ADD_PLACEMENT,
        [
            {
                "mailbox_id": target_id,
                "uid": uid,
                "message_id": row.message_id,
                "flags": word,
                "modseq": modseq,
                "internal_date": row.internal_date,
                "saved_at": tx.now,
                "size": row.size,
                "uidl": uidl,
            }
            for uid, row, word, uidl in zip(uids, rows, words, uidls, strict=True)
        ],
    )
    return Copied(uidvalidity, [row.uid for row in rows], uids)


def _translated(
    tx: Transaction, source_id: int, rows: Sequence[_Source], target_id: int
) -> list[int]:
    keywords = read_keywords(tx, source_id)
    known: dict[int, int] = {}
    return [translate_word(tx, row.flags, keywords, target_id, known) for row in rows]
