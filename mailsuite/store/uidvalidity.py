"""UIDVALIDITY from one stored counter: no two mailboxes, in any order of time, share a value."""

from sqlalchemy import bindparam, insert, select, update

from mailsuite.store.schema import setting
from mailsuite.store.transaction import Transaction

NAME = "next_uidvalidity"
READ = select(setting.c.value).where(setting.c.name == NAME)
START = insert(setting)
ADVANCE = update(setting).where(setting.c.name == NAME).values(value=bindparam("next"))


def next_uidvalidity(tx: Transaction) -> int:
    """Take a UIDVALIDITY (RFC 3501 §2.3.1.1): a mailbox made again is never taken for the old.

    A restore that may go back raises the counter above everything given out since.
    """
    stored = tx.execute(READ).value()
    if stored is None:
        # Above what mailboxes brought from elsewhere (seconds since 1970) can have.
        tx.execute(START, {"name": NAME, "value": str(tx.now + 1)})
        return tx.now
    tx.execute(ADVANCE, {"next": str(int(stored) + 1)})
    return int(stored)
