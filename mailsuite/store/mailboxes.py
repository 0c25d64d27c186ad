"""Mailboxes of an account: their rows with counters, how they are made, and subscriptions.

Names come checked and canonical (`mailsuite.mailbox.names`): UTF-8, "/" between levels, INBOX.
Mailboxes are keys in a table, never paths.
"""

from typing import Any

from attrs import frozen
from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from mailsuite.errors import MailboxExists, NoSuchMailbox, TooMany
from mailsuite.store.ids import reserve_id
from mailsuite.store.objectids import mailbox_objectid
from mailsuite.store.schema import account, mailbox, subscription
from mailsuite.store.transaction import Transaction
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
    subscribed: bool = False


@frozen
class Usage:
    """What an account holds and may hold; a quota of 0 is unlimited."""

    used_octets: int
    quota_octets: int
    used_messages: int
    quota_messages: int


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
    row = {
        "id": mailbox_id,
        "account_id": account_id,
        "name": name,
        "uidvalidity": uidvalidity,
        "special_use": special_use,
        "objectid": mailbox_objectid(tx, mailbox_id),
        "created": tx.now,
    }
    tx.execute(ADD, row)
    tx.account_changed(account_id)
    return MailboxRow(mailbox_id, account_id, name, uidvalidity, 1, 1, 0, 0, 0, 0, special_use)


def superiors(name: str) -> list[str]:
    """The names above a name, the highest first."""
    levels = name.split(DELIMITER)
    return [DELIMITER.join(levels[:depth]) for depth in range(1, len(levels))]


def create_mailbox(
    tx: Transaction, account_id: int, name: str, special_use: str = "", most: int = 10_000
) -> MailboxRow:
    """Make a mailbox, and the superiors it lacks (RFC 3501 §6.3.3).

    A special use is taken from the mailbox that had it: there is one mailbox for each use. An
    account may have `most` mailboxes.

    Raises:
        MailboxExists: the name is taken.
        TooMany: the account has too many.
    """
    rows = list_mailboxes(tx, account_id)
    there = {row.name for row in rows}
    if name in there:
        raise MailboxExists
    missing = [above for above in superiors(name) if above not in there]
    if len(rows) + len(missing) >= most:
        raise TooMany
    for row in rows:
        if special_use and row.special_use == special_use:
            tx.execute(SET_USE, {"mailbox_id": row.id, "use": ""})
    for above in missing:
        add_mailbox(tx, account_id, above)
    return add_mailbox(tx, account_id, name, special_use)


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
        NoSuchMailbox: no mailbox has that name now.
        TooMany: the account has too many subscriptions.
    """
    names = list_subscriptions(tx, account_id)
    if name in names:
        return
    find_mailbox(tx, account_id, name)
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
