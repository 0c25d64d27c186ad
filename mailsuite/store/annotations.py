"""Annotations: named values on a mailbox or on the server (RFC 5464), bounded.

An entry's name comes checked, in lower case, and begins with "/private/" or "/shared/".
"""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, func, insert, select

from mailsuite.errors import OverQuota, TooMany
from mailsuite.store.mailboxes import read_mailbox
from mailsuite.store.schema_annotation import annotation
from mailsuite.store.transaction import Transaction, any_of

SERVER = 0  # in place of a mailbox's id
SHARED = 0  # in place of an account's id
PRIVATE = "/private/"
MOST_HERE = 200  # entries of a mailbox or the server that one account sees
MOST = 2_000  # entries that count against one account
MOST_OCTETS = 16 * 1024 * 1024  # of their values

AT = (
    annotation.c.mailbox_id == bindparam("of_mailbox"),
    annotation.c.account_id == bindparam("of_account"),
)
READ = select(annotation.c.entry, annotation.c.value).where(
    annotation.c.mailbox_id == bindparam("of_mailbox"),
    any_of(annotation.c.account_id, "accounts"),
)
READ_MANY = select(annotation.c.mailbox_id, annotation.c.entry, annotation.c.value).where(
    any_of(annotation.c.mailbox_id, "mailboxes"),
    any_of(annotation.c.account_id, "accounts"),
    any_of(annotation.c.entry, "entries"),
)
COUNT = select(func.count()).where(*AT)
WEIGH = select(func.count(), func.coalesce(func.sum(func.length(annotation.c.value)), 0)).where(
    annotation.c.owner_id == bindparam("owner")
)
REMOVE = delete(annotation).where(*AT, annotation.c.entry == bindparam("of_entry"))
ADD = insert(annotation)


def read_annotations(tx: Transaction, mailbox_id: int, account_id: int) -> dict[str, bytes]:
    """All entries of a mailbox (or of `SERVER`) that the account sees, by name."""
    where = {"of_mailbox": mailbox_id, "accounts": tx.array((SHARED, account_id))}
    return {entry: bytes(value) for entry, value in tx.execute(READ, where).tuples()}


def read_some_annotations(
    tx: Transaction, mailbox_ids: list[int], account_id: int, entries: list[str]
) -> dict[int, dict[str, bytes]]:
    """These entries of many mailboxes, as the account sees them: mailbox to name to value."""
    where = {
        "mailboxes": tx.array(mailbox_ids),
        "accounts": tx.array((SHARED, account_id)),
        "entries": tx.array(entries),
    }
    found: dict[int, dict[str, bytes]] = {}
    for mailbox_id, entry, value in tx.execute(READ_MANY, where).tuples():
        found.setdefault(mailbox_id, {})[entry] = bytes(value)
    return found


def set_annotations(
    tx: Transaction, mailbox_id: int, account_id: int, values: Mapping[str, bytes | None]
) -> None:
    """Set entries of a mailbox (or of `SERVER`), all or none; None removes one.

    `account_id` is who sets them: its /private entries are nobody else's.

    Raises:
        NoSuchMailbox: it was deleted.
        TooMany: the mailbox has its fill of them.
        OverQuota: whoever they count against has.
    """
    owner = account_id if mailbox_id == SERVER else read_mailbox(tx, mailbox_id).account_id
    charged = set()
    for entry, value in values.items():
        whose = account_id if entry.startswith(PRIVATE) else SHARED
        where = {"of_mailbox": mailbox_id, "of_account": whose}
        tx.execute(REMOVE, {**where, "of_entry": entry})
        if value is None:
            continue
        if tx.execute(COUNT, where).value() >= MOST_HERE:
            raise TooMany
        row = {"mailbox_id": mailbox_id, "account_id": whose, "entry": entry, "value": value}
        payer = whose or owner
        tx.execute(ADD, {**row, "owner_id": payer})
        charged.add(payer)
    for payer in charged:
        count, octets = tx.execute(WEIGH, {"owner": payer}).tuples()[0]
        if count > MOST or octets > MOST_OCTETS:
            raise OverQuota
    tx.account_changed(owner)


def copy_annotations(tx: Transaction, source_id: int, target_id: int) -> None:
    """Give a mailbox the entries of another: INBOX's keep theirs at RENAME (RFC 5464 §4.1)."""
    rows = tx.execute(ALL_OF, {"of_mailbox": source_id}).all()
    tx.execute_many(ADD, [{**row._asdict(), "mailbox_id": target_id} for row in rows])


ALL_OF = select(annotation).where(annotation.c.mailbox_id == bindparam("of_mailbox"))
