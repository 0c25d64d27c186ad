"""Who may send as an address: whom it leads to alone, and who was given the right (threat S2)."""

from sqlalchemy import bindparam, delete, insert, select

from mailsuite.errors import AlreadyThere, NoSuchThing, NoSuchUser, TooMany
from mailsuite.message.addresses import Address
from mailsuite.store.addresses import find_address, shown
from mailsuite.store.resolution import resolve_address
from mailsuite.store.schema import account
from mailsuite.store.schema_people import send_as
from mailsuite.store.transaction import Transaction

EVERYBODY = 0  # whom the address leads to
MEMBERS = "members"  # the same, for people

GRANTED = select(send_as.c.account_id).where(
    send_as.c.address_id == bindparam("address_id"),
    send_as.c.account_id.in_([bindparam("account_id"), EVERYBODY]),
)
LIST = (
    select(send_as.c.account_id, account.c.name)
    .select_from(send_as.outerjoin(account, account.c.id == send_as.c.account_id))
    .where(send_as.c.address_id == bindparam("address_id"))
    .order_by(send_as.c.account_id)
)
INSERT = insert(send_as)
DELETE_ONE = delete(send_as).where(
    send_as.c.address_id == bindparam("of_address"), send_as.c.account_id == bindparam("of_account")
)
DELETE_OF_ADDRESS = delete(send_as).where(send_as.c.address_id == bindparam("of_address"))
DELETE_OF_ACCOUNT = delete(send_as).where(send_as.c.account_id == bindparam("of_account"))


def may_send_as(tx: Transaction, account_id: int, given: Address) -> bool:
    """Whether an account may send as a canonical address.

    It may where the address leads to it and to nobody else, each step one way; and where the
    right was given, to it by name or to everybody whom the address leads to.
    """
    try:
        found = resolve_address(tx, given)
    except (NoSuchUser, TooMany):
        return False
    leads_here = any(room.account_id == account_id for room in found.rooms)
    if leads_here and found.alone and not found.onward and len(found.rooms) == 1:
        return True
    if not found.row:
        return False
    asked = {"address_id": found.row, "account_id": account_id}
    granted = {row[0] for row in tx.execute(GRANTED, asked).tuples()}
    return account_id in granted or (EVERYBODY in granted and leads_here)


def allow_sender(tx: Transaction, at: Address, account_id: int) -> list[str]:
    """Let an account (`EVERYBODY`: all whom it leads to) send as an address; who may now.

    Raises:
        NoSuchThing: there is no such address.
        AlreadyThere: it may already.
    """
    row = _row(tx, at)
    rows = {"of_address": row, "of_account": account_id}
    if tx.execute(DELETE_ONE, rows).count:
        raise AlreadyThere("that right is given already")
    tx.people_changed()
    tx.execute(INSERT, {"address_id": row, "account_id": account_id})
    return list_senders(tx, at)


def forbid_sender(tx: Transaction, at: Address, account_id: int) -> list[str]:
    """Take the right back. Raises `NoSuchThing`."""
    row = _row(tx, at)
    if not tx.execute(DELETE_ONE, {"of_address": row, "of_account": account_id}).count:
        raise NoSuchThing("that right is not given")
    tx.people_changed()
    return list_senders(tx, at)


def list_senders(tx: Transaction, at: Address) -> list[str]:
    """Who was given the right: names of accounts, and `MEMBERS`."""
    found = tx.execute(LIST, {"address_id": _row(tx, at)}).tuples()
    return [MEMBERS if number == EVERYBODY else name for number, name in found]


def remove_senders_of(tx: Transaction, account_id: int) -> None:
    """An account that goes sends as nobody."""
    tx.execute(DELETE_OF_ACCOUNT, {"of_account": account_id})


def _row(tx: Transaction, at: Address) -> int:
    found = find_address(tx, at)
    if found is None:
        raise NoSuchThing(f"{shown(at.localpart, at.domain)} is no address of this host")
    return found.id
