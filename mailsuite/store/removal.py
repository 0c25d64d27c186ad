"""The mail of accounts that were removed, dropped in bounded steps so that others go between."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from mailsuite.store.acl import forget_account
from mailsuite.store.bodies import release_blobs
from mailsuite.store.correspondents import forget_correspondents
from mailsuite.store.schema import (
    account,
    expunged,
    keyword,
    mailbox,
    message,
    placement,
    subscription,
    undelete,
    view_snapshot,
)
from mailsuite.store.schema_annotation import annotation
from mailsuite.store.schema_ordering import thread_link
from mailsuite.store.schema_sharing import acl
from mailsuite.store.spam import forget_spam
from mailsuite.store.transaction import Transaction, any_of

STEP = 500  # placements a job

RETIRED = select(account.c.id).where(account.c.state == "removed").order_by(account.c.id)
A_MAILBOX = select(mailbox.c.id).where(mailbox.c.account_id == bindparam("account_id")).limit(1)
PLACED = (
    select(placement.c.uid, placement.c.message_id)
    .where(placement.c.mailbox_id == bindparam("mailbox_id"))
    .order_by(placement.c.uid)
    .limit(STEP)
)
UNPLACE = delete(placement).where(
    placement.c.mailbox_id == bindparam("mailbox_id"), placement.c.uid <= bindparam("last")
)
KEPT = (
    select(undelete.c.id, undelete.c.message_id)
    .where(undelete.c.account_id == bindparam("account_id"))
    .limit(STEP)
)
UNKEEP = delete(undelete).where(any_of(undelete.c.id, "ids"))
REFER_LESS = (
    update(message)
    .where(message.c.id == bindparam("of"))
    .values(refs=message.c.refs - bindparam("fewer"))
)
UNREFERRED = select(message.c.id, message.c.blob_id).where(
    any_of(message.c.id, "ids"), message.c.refs <= 0
)
DROP_MESSAGES = delete(message).where(any_of(message.c.id, "ids"))
DROP_MAILBOX: tuple[Any, ...] = tuple(
    delete(table).where(column == bindparam("mailbox_id"))
    for table, column in (
        (expunged, expunged.c.mailbox_id),
        (keyword, keyword.c.mailbox_id),
        (view_snapshot, view_snapshot.c.mailbox_id),
        (acl, acl.c.mailbox_id),
        (annotation, annotation.c.mailbox_id),
        (mailbox, mailbox.c.id),
    )
)
DROP_SUBSCRIPTIONS = delete(subscription).where(subscription.c.account_id == bindparam("of"))
DROP_ANNOTATIONS = delete(annotation).where(annotation.c.owner_id == bindparam("of"))
DROP_LINKS = delete(thread_link).where(thread_link.c.account_id == bindparam("of"))
DROP_ACCOUNT = delete(account).where(account.c.id == bindparam("of"))


def list_retired(tx: Transaction) -> list[int]:
    """Removed accounts whose mail is not gone yet."""
    return [number for (number,) in tx.execute(RETIRED).tuples()]


def drop_some_mail(tx: Transaction, account_id: int) -> bool:
    """Drop up to `STEP` messages of a retired account; False once the account is gone too.

    Its mail is past taking back: there is nobody left to give it to.
    """
    number = tx.execute(A_MAILBOX, {"account_id": account_id}).value()
    if number is not None:
        _drop_placements(tx, number)
        return True
    kept = tx.execute(KEPT, {"account_id": account_id}).tuples()
    if kept:
        tx.execute(UNKEEP, {"ids": tx.array(row for row, _ in kept)})
        release_messages(tx, (message_id for _, message_id in kept))
        return True
    tx.execute(DROP_SUBSCRIPTIONS, {"of": account_id})
    tx.execute(DROP_ANNOTATIONS, {"of": account_id})
    tx.execute(DROP_LINKS, {"of": account_id})
    forget_account(tx, account_id)
    forget_correspondents(tx, account_id)
    forget_spam(tx, account_id)
    tx.execute(DROP_ACCOUNT, {"of": account_id})
    return False


def _drop_placements(tx: Transaction, mailbox_id: int) -> None:
    placed = tx.execute(PLACED, {"mailbox_id": mailbox_id}).tuples()
    if placed:
        tx.execute(UNPLACE, {"mailbox_id": mailbox_id, "last": placed[-1][0]})
        release_messages(tx, (message_id for _, message_id in placed))
    else:
        for drop in DROP_MAILBOX:
            tx.execute(drop, {"mailbox_id": mailbox_id})


def release_messages(tx: Transaction, message_ids: Iterable[int]) -> None:
    """Give back one reference for each id; messages without any left go, with their bodies'."""
    fewer = Counter(message_ids)
    tx.execute_many(REFER_LESS, [{"of": i, "fewer": n} for i, n in sorted(fewer.items())])
    gone = tx.execute(UNREFERRED, {"ids": tx.array(fewer)}).tuples()
    tx.execute(DROP_MESSAGES, {"ids": tx.array(row for row, _ in gone)})
    release_blobs(tx, (blob_id for _, blob_id in gone))
