"""The access control lists of mailboxes (RFC 4314), row by row."""

from sqlalchemy import bindparam, delete, insert, select

from mailsuite.errors import NoSuchMailbox, TooMany
from mailsuite.store.rights import ANYONE, GROUP, NEGATIVE
from mailsuite.store.schema import mailbox
from mailsuite.store.schema_sharing import acl
from mailsuite.store.transaction import Transaction, any_of

MOST_ENTRIES = 500  # of one mailbox

ENTRIES = (
    select(acl.c.identifier, acl.c.rights)
    .where(acl.c.mailbox_id == bindparam("of_mailbox"))
    .order_by(acl.c.identifier)
)
OWNER_OF = select(mailbox.c.account_id).where(mailbox.c.id == bindparam("mailbox_id"))
COPY_OF = select(acl).where(acl.c.mailbox_id == bindparam("of_mailbox"))
REMOVE = delete(acl).where(
    acl.c.mailbox_id == bindparam("of_mailbox"), acl.c.identifier == bindparam("of_identifier")
)
ADD = insert(acl)
FORGET = delete(acl).where(any_of(acl.c.identifier, "identifiers"))


def read_entries(tx: Transaction, mailbox_id: int) -> list[tuple[str, str]]:
    """The list of a mailbox: identifiers as they are kept, and letters."""
    found = tx.execute(ENTRIES, {"of_mailbox": mailbox_id}).tuples()
    return [(identifier, letters) for identifier, letters in found]


def set_entry(tx: Transaction, mailbox_id: int, identifier: str, letters: str) -> None:
    """Replace what the list says of an identifier; no letters: it leaves the list.

    Raises:
        NoSuchMailbox: the mailbox was deleted.
        TooMany: the list is full.
    """
    owner = tx.execute(OWNER_OF, {"mailbox_id": mailbox_id}).value()
    if owner is None:
        raise NoSuchMailbox
    tx.execute(REMOVE, {"of_mailbox": mailbox_id, "of_identifier": identifier})
    bare = identifier.removeprefix(NEGATIVE)
    if letters:
        if len(read_entries(tx, mailbox_id)) >= MOST_ENTRIES:
            raise TooMany
        kind = ANYONE if bare == ANYONE else "group" if bare.startswith(GROUP) else "account"
        row = {"mailbox_id": mailbox_id, "identifier": identifier, "kind": kind}
        tx.execute(ADD, {**row, "rights": letters})
    # Whoever has it open looks again (`mailsuite.mailbox.access`).
    tx.account_changed(owner)
    if bare.isdecimal():
        tx.account_changed(int(bare))


def inherit_entries(tx: Transaction, parent_id: int, mailbox_id: int) -> None:
    """Give a new mailbox the list of the one above it (RFC 4314 §4, CREATE)."""
    rows = tx.execute(COPY_OF, {"of_mailbox": parent_id}).all()
    tx.execute_many(ADD, [{**row._asdict(), "mailbox_id": mailbox_id} for row in rows])


def forget_account(tx: Transaction, account_id: int) -> None:
    """Take an account that is removed from every list."""
    name = str(account_id)
    tx.execute(FORGET, {"identifiers": tx.array((name, NEGATIVE + name))})
