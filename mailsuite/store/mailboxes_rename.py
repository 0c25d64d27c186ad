"""Mailboxes that get another name, and mailboxes that go."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, or_, select, update

from mailsuite.errors import HasChildren, MailboxExists, NoSuchMailbox, NotPermitted
from mailsuite.store.annotations import copy_annotations
from mailsuite.store.mailboxes import (
    DELIMITER,
    INBOX,
    add_superiors,
    create_mailbox,
    find_ids,
    find_mailbox,
)
from mailsuite.store.placements import Counted, Span
from mailsuite.store.placements_copy import move_messages
from mailsuite.store.placements_expunge import free_usage, keep_messages
from mailsuite.store.schema import expunged, keyword, mailbox, placement, view_snapshot
from mailsuite.store.schema_annotation import annotation
from mailsuite.store.schema_sharing import acl
from mailsuite.store.transaction import Transaction

ALL_UIDS: Sequence[Span] = ((1, 2**32 - 1),)
RENAME = (
    update(mailbox)
    .where(mailbox.c.id == bindparam("mailbox_id"))
    .values(name=bindparam("new_name"))
)
THERE = (
    select(mailbox.c.id, mailbox.c.name)
    .where(
        mailbox.c.account_id == bindparam("of_account"),
        or_(
            mailbox.c.name == bindparam("of_name"),
            # No LIKE: a name may hold its wildcards; no range: collations differ.
            func.substr(mailbox.c.name, 1, bindparam("length")) == bindparam("beginning"),
        ),
    )
    .order_by(func.length(mailbox.c.name))
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
        (acl, acl.c.mailbox_id),
        (annotation, annotation.c.mailbox_id),
        (mailbox, mailbox.c.id),
    )
)


def below(name: str) -> str:
    """What the names below this one begin with."""
    return name + DELIMITER


def delete_mailbox(tx: Transaction, account_id: int, name: str) -> int:
    """Remove a mailbox; its messages wait in `undelete`, mailboxes below it stay (RFC 3501 §6.3.4).

    Returns its id, which no mailbox will have again.

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
        if _there(tx, account_id, name):
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
    return row.id


def rename_mailbox(
    tx: Transaction, account_id: int, old: str, new: str, most: int = 10_000
) -> None:
    """Rename a mailbox and all below it; of INBOX only the messages move (RFC 3501 §6.3.5).

    Rights and annotations go with a mailbox; of INBOX the annotations are copied
    (RFC 5464 §4.1).

    Raises:
        NoSuchMailbox: there is nothing of the old name, nor below it.
        MailboxExists: the new name, or one below it that is needed, is taken.
        NotPermitted: the new name stands below the old one.
        TooMany: the superiors that the new name lacks are more than the account may have.
        OverQuota: as `TooMany`, by the account's own limit.
    """
    if new.startswith(below(old)) and old != INBOX:
        raise NotPermitted
    if old == INBOX:
        inbox = find_mailbox(tx, account_id, INBOX)
        row = create_mailbox(tx, account_id, new, most=most)
        move_messages(tx, inbox.id, ALL_UIDS, row.id)
        copy_annotations(tx, inbox.id, row.id)
        return
    moving = _there(tx, account_id, old)
    if not moving:
        raise NoSuchMailbox
    renamed = [new + name[len(old) :] for _, name in moving]
    # A name that goes away itself is free: "a/a" and what is below it may become "a".
    going = {number for number, _ in moving}
    taken = find_ids(tx, account_id, [new, *renamed])
    if taken.get(new) is not None or any(number not in going for number in taken.values()):
        raise MailboxExists
    add_superiors(tx, account_id, new, most + 1)  # nothing is made but they
    # Upper levels first: a lower one may take the name that they leave.
    rows = zip(moving, renamed, strict=True)
    tx.execute_many(
        RENAME, [{"mailbox_id": number, "new_name": name} for (number, _), name in rows]
    )
    tx.account_changed(account_id)


def _there(tx: Transaction, account_id: int, name: str) -> list[tuple[int, str]]:
    """The mailbox of a name and those below it: ids and names, upper levels first."""
    where = {"of_account": account_id, "of_name": name, "beginning": below(name)}
    found = tx.execute(THERE, {**where, "length": len(below(name))}).tuples()
    return [(number, found_name) for number, found_name in found]
