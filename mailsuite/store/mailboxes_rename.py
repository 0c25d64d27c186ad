"""Mailboxes that get another name, and mailboxes that go."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, select, update

from mailsuite.errors import HasChildren, MailboxExists, NoSuchMailbox, NotPermitted, TooMany
from mailsuite.store.mailboxes import (
    DELIMITER,
    INBOX,
    MailboxRow,
    add_mailbox,
    find_mailbox,
    list_mailboxes,
    superiors,
)
from mailsuite.store.placements import Counted, Span
from mailsuite.store.placements_copy import move_messages
from mailsuite.store.placements_expunge import free_usage, keep_messages
from mailsuite.store.schema import expunged, keyword, mailbox, placement, view_snapshot
from mailsuite.store.transaction import Transaction

ALL_UIDS: Sequence[Span] = ((1, 2**32 - 1),)
RENAME = (
    update(mailbox)
    .where(mailbox.c.id == bindparam("mailbox_id"))
    .values(name=bindparam("new_name"))
)
SUM = select(func.count(), func.coalesce(func.sum(placement.c.size), 0)).where(
    placement.c.mailbox_id == bindparam("mailbox_id")
)
DROPS = tuple(
    delete(table).where(column == bindparam("mailbox_id"))
    for table, column in (
        (placement, placement.c.mailbox_id),
        (expunged, expunged.c.mailbox_id),
        (keyword, keyword.c.mailbox_id),
        (view_snapshot, view_snapshot.c.mailbox_id),
        (mailbox, mailbox.c.id),
    )
)


def below(name: str) -> str:
    """What the names below this one begin with."""
    return name + DELIMITER


def delete_mailbox(tx: Transaction, account_id: int, name: str) -> None:
    """Remove a mailbox; its messages wait in `undelete`, mailboxes below it stay (RFC 3501 §6.3.4).

    Raises:
        NoSuchMailbox: there is none of that name.
        HasChildren: there is none, but others stand below the name.
        NotPermitted: INBOX stays.
    """
    if name == INBOX:
        raise NotPermitted
    try:
        row = find_mailbox(tx, account_id, name)
    except NoSuchMailbox:
        if _inferiors(list_mailboxes(tx, account_id), name):
            raise HasChildren from None
        raise
    messages, octets = tx.execute(SUM, {"mailbox_id": row.id}).tuples()[0]
    if messages:
        low, high = ALL_UIDS[0]
        where = {"of_mailbox": row.id, "low": low, "high": high, "having": 0}
        keep_messages(tx, account_id, name, where, messages)
        free_usage(tx, account_id, Counted(messages, octets=octets))
    for drop in DROPS:
        tx.execute(drop, {"mailbox_id": row.id})
    # Whoever has it open finds that it is gone.
    tx.mailbox_changed(row.id, row.modseq + 1)
    tx.account_changed(account_id)


def rename_mailbox(
    tx: Transaction, account_id: int, old: str, new: str, most: int = 10_000
) -> None:
    """Rename a mailbox and all below it; of INBOX only the messages move (RFC 3501 §6.3.5).

    Raises:
        NoSuchMailbox: there is nothing of the old name, nor below it.
        MailboxExists: the new name, or one below it that is needed, is taken.
        NotPermitted: the new name stands below the old one.
        TooMany: the superiors that the new name lacks are more than the account may have.
    """
    if new.startswith(below(old)) and old != INBOX:
        raise NotPermitted
    rows = list_mailboxes(tx, account_id)
    names = {row.name for row in rows}
    missing = [above for above in superiors(new) if above not in names]
    if len(rows) + len(missing) + (old == INBOX) > most:
        raise TooMany
    if new in names:
        raise MailboxExists
    if old == INBOX:
        inbox = next(row for row in rows if row.name == INBOX)
        _add_all(tx, account_id, missing)
        move_messages(tx, inbox.id, ALL_UIDS, add_mailbox(tx, account_id, new).id)
        return
    moving = [row for row in rows if row.name == old] + _inferiors(rows, old)
    if not moving:
        raise NoSuchMailbox
    renamed = {row.id: new + row.name[len(old) :] for row in moving}
    if names & set(renamed.values()):
        raise MailboxExists
    _add_all(tx, account_id, [above for above in missing if above not in renamed.values()])
    for mailbox_id, name in renamed.items():
        tx.execute(RENAME, {"mailbox_id": mailbox_id, "new_name": name})
    tx.account_changed(account_id)


def _add_all(tx: Transaction, account_id: int, names: Sequence[str]) -> None:
    for name in names:
        add_mailbox(tx, account_id, name)


def _inferiors(rows: Sequence[MailboxRow], name: str) -> list[MailboxRow]:
    return [row for row in rows if row.name.startswith(below(name))]
