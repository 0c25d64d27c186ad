"""Mailboxes of an account: their rows with counters, how they are made, and subscriptions.

Names come checked and canonical (`mailsuite.mailbox.names`): UTF-8, "/" between levels, INBOX.
Mailboxes are keys in a table, never paths.
"""

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from mailsuite.errors import MailboxExists, NoSuchMailbox, OverQuota, TooMany
from mailsuite.store.acl import inherit_entries
from mailsuite.store.flags import DELETED
from mailsuite.store.ids import reserve_id
from mailsuite.store.objectids import mailbox_objectid
from mailsuite.store.rights import ALL, Right
from mailsuite.store.schema import account, mailbox, placement, subscription
from mailsuite.store.transaction import Transaction, any_of
from mailsuite.store.uidvalidity import next_uidvalidity

INBOX = "INBOX"
DELIMITER = "/"
# Made and subscribed with the account; without them each program makes its own (RFC 6154).
DEFAULTS = (
    (INBOX, ""),
    ("Archive", "\\Archive"),
    ("Drafts", "\\Drafts"),
    ("Junk", "\\Junk"),
    ("Sent", "\\Sent"),
    ("Trash", "\\Trash"),
)


@frozen
class MailboxRow:
    """A mailbox with its counters, as STATUS and LIST tell of it."""

    id: int
    account_id: int
    name: str
    uidvalidity: int
    uidnext: int
    modseq: int  # HIGHESTMODSEQ (RFC 7162 §3.1.2.1)
    messages: int
    unseen: int
    deleted: int
    octets: int
    special_use: str  # "\\Sent" ... or empty
    objectid: str  # MAILBOXID (RFC 8474 §4)
    subscribed: bool = False
    rights: Right = ALL  # of whoever looks
    deleted_octets: int = 0  # looked up only for who asks (`weigh_deleted`)


@frozen
class Usage:
    """What an account holds and may hold; a quota of 0 is unlimited."""

    used_octets: int
    quota_octets: int
    used_messages: int
    quota_messages: int
    quota_mailboxes: int = 0


COLUMNS = (
    mailbox.c.id,
    mailbox.c.account_id,
    mailbox.c.name,
    mailbox.c.uidvalidity,
    mailbox.c.uidnext,
    mailbox.c.modseq,
    mailbox.c.messages,
    mailbox.c.unseen,
    mailbox.c.deleted,
    mailbox.c.octets,
    mailbox.c.special_use,
    mailbox.c.objectid,
)
_SUBSCRIBED = subscription.c.name.is_not(None).label("subscribed")
_ROWS = select(*COLUMNS, _SUBSCRIBED).select_from(
    mailbox.outerjoin(
        subscription,
        and_(
            subscription.c.account_id == mailbox.c.account_id,
            subscription.c.name == mailbox.c.name,
        ),
    )
)
LIST = _ROWS.where(mailbox.c.account_id == bindparam("account_id")).order_by(mailbox.c.name)
FIND = _ROWS.where(
    mailbox.c.account_id == bindparam("account_id"), mailbox.c.name == bindparam("name")
)
READ = _ROWS.where(mailbox.c.id == bindparam("mailbox_id"))
COUNT = select(func.count()).where(mailbox.c.account_id == bindparam("account_id"))
ADD = insert(mailbox)
FIND_IDS = select(mailbox.c.name, mailbox.c.id).where(
    mailbox.c.account_id == bindparam("account_id"), any_of(mailbox.c.name, "names")
)
WEIGH_DELETED = (
    select(placement.c.mailbox_id, func.sum(placement.c.size))
    .where(any_of(placement.c.mailbox_id, "ids"), placement.c.flags.op("&")(DELETED) != 0)
    .group_by(placement.c.mailbox_id)
)
FREE_USE = (
    update(mailbox)
    .where(
        mailbox.c.account_id == bindparam("of_account"), mailbox.c.special_use == bindparam("use")
    )
    .values(special_use="")
)
SET_USE = (
    update(mailbox)
    .where(mailbox.c.id == bindparam("mailbox_id"))
    .values(special_use=bindparam("use"))
)
SUBSCRIPTIONS = (
    select(subscription.c.name)
    .where(subscription.c.account_id == bindparam("account_id"))
    .order_by(subscription.c.name)
)
SUBSCRIBE = insert(subscription)
UNSUBSCRIBE = delete(subscription).where(
    subscription.c.account_id == bindparam("account_id"),
    subscription.c.name == bindparam("name"),
)
USAGE = select(
    account.c.used_octets,
    account.c.quota_octets,
    account.c.used_messages,
    account.c.quota_messages,
    account.c.quota_mailboxes,
).where(account.c.id == bindparam("account_id"))


def _row(found: tuple[Any, ...]) -> MailboxRow:
    return MailboxRow(*found)


def list_mailboxes(tx: Transaction, account_id: int) -> list[MailboxRow]:
    """All mailboxes of the account, by name."""
    return [_row(found) for found in tx.execute(LIST, {"account_id": account_id}).tuples()]


def find_mailbox(tx: Transaction, account_id: int, name: str) -> MailboxRow:
    """The mailbox of that name.

    Raises:
        NoSuchMailbox: there is none.
    """
    found = tx.execute(FIND, {"account_id": account_id, "name": name}).one_or_none()
    if found is None:
        raise NoSuchMailbox
    return _row(found)


def read_mailbox(tx: Transaction, mailbox_id: int) -> MailboxRow:
    """The mailbox of that id.

    Raises:
        NoSuchMailbox: it was deleted.
    """
    found = tx.execute(READ, {"mailbox_id": mailbox_id}).one_or_none()
    if found is None:
        raise NoSuchMailbox
    return _row(found)


def add_mailbox(tx: Transaction, account_id: int, name: str, special_use: str = "") -> MailboxRow:
    """Write the row of a new mailbox; its name is known to be free."""
    mailbox_id = reserve_id(tx, "mailbox")
    uidvalidity = next_uidvalidity(tx)
    objectid = mailbox_objectid(tx, mailbox_id)
    row = {
        "id": mailbox_id,
        "account_id": account_id,
        "name": name,
        "uidvalidity": uidvalidity,
        "special_use": special_use,
        "objectid": objectid,
        "created": tx.now,
    }
    tx.execute(ADD, row)
    tx.account_changed(account_id)
    counters = (1, 1, 0, 0, 0, 0)
    return MailboxRow(mailbox_id, account_id, name, uidvalidity, *counters, special_use, objectid)


def superiors(name: str) -> list[str]:
    """The names above a name, the highest first."""
    levels = name.split(DELIMITER)
    return [DELIMITER.join(levels[:depth]) for depth in range(1, len(levels))]


def create_mailbox(
    tx: Transaction, account_id: int, name: str, special_use: str = "", most: int = 10_000
) -> MailboxRow:
    """Make a mailbox, and the superiors it lacks (RFC 3501 §6.3.3).

    A special use is taken from the mailbox that had it: there is one mailbox for each use. An
    account may have `most` mailboxes, or fewer where its quota says so (RFC 9208 §5.3).

    Raises:
        MailboxExists: the name is taken.
        TooMany: nobody may have more.
        OverQuota: the account may not have more.
    """
    if find_ids(tx, account_id, [name]):
        raise MailboxExists
    if special_use:
        tx.execute(FREE_USE, {"of_account": account_id, "use": special_use})
    add_superiors(tx, account_id, name, most)
    return _add_below(tx, account_id, name, special_use)


def add_superiors(tx: Transaction, account_id: int, name: str, most: int) -> None:
    """Make the mailboxes above a name that are missing, as one more is about to be made.

    Raises:
        TooMany: nobody may have more.
        OverQuota: the account may not have more.
    """
    there = find_ids(tx, account_id, superiors(name))
    missing = [above for above in superiors(name) if above not in there]
    wanted = count_mailboxes(tx, account_id) + len(missing) + 1
    quota = read_usage(tx, account_id).quota_mailboxes
    if wanted > most:
        raise TooMany
    if quota and wanted > quota:
        raise OverQuota
    for above in missing:
        _add_below(tx, account_id, above)


def _add_below(tx: Transaction, account_id: int, name: str, special_use: str = "") -> MailboxRow:
    """Add a mailbox that inherits the rights of the one above it."""
    row = add_mailbox(tx, account_id, name, special_use)
    for parent_id in find_ids(tx, account_id, superiors(name)[-1:]).values():
        inherit_entries(tx, parent_id, row.id)
    return row


def find_ids(tx: Transaction, account_id: int, names: Sequence[str]) -> dict[str, int]:
    """Which of the names are taken, and by which mailbox."""
    if not names:
        return {}
    where = {"account_id": account_id, "names": tx.array(names)}
    return dict(tx.execute(FIND_IDS, where).tuples())


def count_mailboxes(tx: Transaction, account_id: int) -> int:
    """How many mailboxes an account has."""
    return int(tx.execute(COUNT, {"account_id": account_id}).value())


def set_special_use(tx: Transaction, account_id: int, mailbox_id: int, use: str) -> None:
    """Give a mailbox a special use, or none; the mailbox that had it loses it (RFC 6154 §4)."""
    if use:
        tx.execute(FREE_USE, {"of_account": account_id, "use": use})
    tx.execute(SET_USE, {"mailbox_id": mailbox_id, "use": use})
    tx.account_changed(account_id)


def weigh_deleted(tx: Transaction, mailbox_ids: Sequence[int]) -> dict[int, int]:
    r"""The octets of messages marked `\Deleted`, by mailbox (RFC 9208 §4.1.4)."""
    return dict(tx.execute(WEIGH_DELETED, {"ids": tx.array(mailbox_ids)}).tuples())


def create_default_mailboxes(tx: Transaction, account_id: int) -> None:
    """Make and subscribe INBOX and the five special mailboxes of a new account (RFC 6154)."""
    for name, use in DEFAULTS:
        add_mailbox(tx, account_id, name, use)
        tx.execute(SUBSCRIBE, {"account_id": account_id, "name": name})


def list_subscriptions(tx: Transaction, account_id: int) -> list[str]:
    """The subscribed names; some may name no mailbox any more (RFC 3501 §6.3.6)."""
    return [name for (name,) in tx.execute(SUBSCRIPTIONS, {"account_id": account_id}).tuples()]


def subscribe_mailbox(tx: Transaction, account_id: int, name: str, most: int = 10_000) -> None:
    """Add a name to the subscriptions; one that is there already stays.

    Raises:
        TooMany: the account has too many subscriptions.
    """
    names = list_subscriptions(tx, account_id)
    if name in names:
        return
    if len(names) >= most:
        raise TooMany
    tx.execute(SUBSCRIBE, {"account_id": account_id, "name": name})
    tx.account_changed(account_id)


def unsubscribe_mailbox(tx: Transaction, account_id: int, name: str) -> None:
    """Take a name from the subscriptions; one that is not there is no error."""
    if tx.execute(UNSUBSCRIBE, {"account_id": account_id, "name": name}).count:
        tx.account_changed(account_id)


def read_usage(tx: Transaction, account_id: int) -> Usage:
    """What the account holds and may hold."""
    used = tx.execute(USAGE, {"account_id": account_id}).one()
    return Usage(*used)
