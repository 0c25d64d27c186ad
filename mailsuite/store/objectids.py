"""Ids of mailboxes that are never given to another one (RFC 8474 §4).

They begin with the store's epoch, which a restore that may go back raises: what was numbered
after the backup, and is gone, keeps its ids for itself.
"""

from sqlalchemy import insert, select

from mailsuite.store.schema import setting
from mailsuite.store.transaction import Transaction

NAME = "epoch"
READ = select(setting.c.value).where(setting.c.name == NAME)
START = insert(setting)


def mailbox_objectid(tx: Transaction, mailbox_id: int) -> str:
    """The MAILBOXID of a new mailbox. It begins with a letter, as §7 advises."""
    epoch = tx.execute(READ).value()
    if epoch is None:
        epoch = "1"
        tx.execute(START, {"name": NAME, "value": epoch})
    return f"m{epoch}-{mailbox_id}"
