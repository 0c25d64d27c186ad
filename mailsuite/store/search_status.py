"""How an account's search index stands, for those who look after the host."""

from enum import Enum

from attrs import frozen
from sqlalchemy import bindparam, func, select

from mailsuite.store.schema import account, mailbox, placement
from mailsuite.store.search_file import (
    Damaged,
    NotNow,
    ask_for,
    epoch_of,
    open_to_read,
    path_of,
    reading,
)
from mailsuite.store.transaction import Transaction

BOXES = select(mailbox.c.id, mailbox.c.uidvalidity).where(
    mailbox.c.account_id == bindparam("account_id")
)
COME = select(func.count()).where(
    placement.c.mailbox_id == bindparam("mailbox_id"), placement.c.uid > bindparam("after")
)
ACCOUNTS = (
    select(account.c.id).where(account.c.id > bindparam("after")).order_by(account.c.id).limit(50)
)


class Condition(Enum):
    """What a file is like; all but `WHOLE` mend themselves while a server runs."""

    WHOLE = "whole"
    BEHIND = "behind"
    MISSING = "missing"
    DAMAGED = "damaged"


@frozen
class IndexStatus:
    """An account's search index.

    Attributes:
        waiting: messages that are not in it; searches read them.
        octets: of the file.
    """

    condition: str
    waiting: int = 0
    octets: int = 0


def index_status(tx: Transaction, account_id: int) -> IndexStatus:
    """How an account's index stands. Reads where the file ends, not all of it."""
    data_dir = tx.large.root.parent
    boxes = tx.execute(BOXES, {"account_id": account_id}).tuples()
    condition, upto = Condition.MISSING, {}
    try:
        file = open_to_read(data_dir, account_id, epoch_of(tx), lambda: False)
        if file is not None:
            with file:
                upto = {number: file.upto(number, validity) for number, validity in boxes}
                with reading():
                    file.dbapi.execute("SELECT max(id) FROM doc").fetchall()
            condition = Condition.WHOLE
    except Damaged:
        condition = Condition.DAMAGED
    except NotNow:
        condition = Condition.BEHIND  # it is written just now
    waiting = sum(
        tx.execute(COME, {"mailbox_id": number, "after": upto.get(number, 0)}).value() or 0
        for number, _ in boxes
    )
    if not waiting and condition is Condition.MISSING:
        condition = Condition.WHOLE  # of nothing
    if waiting and condition is Condition.WHOLE:
        condition = Condition.BEHIND
    path = path_of(data_dir, account_id)
    octets = path.stat().st_size if path.exists() else 0
    return IndexStatus(condition.value, waiting, octets)


def index_totals(tx: Transaction, after: int) -> tuple[int, int, int]:
    """Of the next fifty accounts: damaged files, messages that wait, the last id; 0: no more."""
    ids = [number for (number,) in tx.execute(ACCOUNTS, {"after": after}).tuples()]
    found = [index_status(tx, number) for number in ids]
    damaged = sum(status.condition == Condition.DAMAGED.value for status in found)
    return damaged, sum(status.waiting for status in found), ids[-1] if ids else 0


def rebuild_index(tx: Transaction, account_id: int) -> None:
    """Ask the filling process to make the file anew; it does so at once when a server runs."""
    ask_for(tx.large.root.parent, account_id, anew=True)
