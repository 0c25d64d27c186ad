"""Domains whose mailboxes another host has: we take their mail in while it is away.

Only for recipients that are listed: what that host would refuse must not be taken first and sent
back later, to whoever the sender is said to be (threat S10).
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from mailsuite.errors import AlreadyThere, NoSuchThing
from mailsuite.message.addresses import Address
from mailsuite.store.addresses import DELETE, INSERT, LISTED, find_address
from mailsuite.store.ids import reserve_id
from mailsuite.store.schema import address, domain
from mailsuite.store.transaction import Transaction

FIND = select(domain.c.id, domain.c.backup_for).where(domain.c.name == bindparam("name"))
ALL = (
    select(address.c.localpart, domain.c.name)
    .select_from(address.join(domain, domain.c.id == address.c.domain_id))
    .where(address.c.kind == LISTED)
    .order_by(domain.c.name, address.c.localpart)
)


def find_primary(tx: Transaction, name: str) -> str:
    """The host that has a canonical domain's mailboxes; "": this one, or it is not ours."""
    rows = tx.execute(FIND, {"name": name}).tuples()
    return str(rows[0][1]) if rows else ""


def add_recipients(tx: Transaction, listed: Sequence[Address]) -> list[str]:
    """Take mail in for these canonical addresses.

    Raises:
        NoSuchThing: the domain of one is not taken in for another host.
        AlreadyThere: one of them leads somewhere already.
    """
    for at in listed:
        rows = tx.execute(FIND, {"name": at.domain}).tuples()
        if not rows or not rows[0][1]:
            raise NoSuchThing(f"{at.domain} is not taken in for another host")
        if find_address(tx, at) is not None:
            raise AlreadyThere(f"{at} is there already")
        row = {"id": reserve_id(tx, "address"), "domain_id": rows[0][0], "localpart": at.localpart}
        tx.execute(INSERT, {**row, "kind": LISTED, "account_id": None})
    tx.people_changed()
    return [str(at) for at in listed]


def list_recipients(tx: Transaction) -> list[str]:
    """All of them, by domain and local part."""
    return [str(Address(*row)) for row in tx.execute(ALL, {}).tuples()]


def remove_recipient(tx: Transaction, at: Address) -> None:
    """Take mail in for it no more. Raises `NoSuchThing`."""
    found = find_address(tx, at)
    if found is None or found.kind != LISTED:
        raise NoSuchThing(f"{at} is not listed")
    tx.people_changed()
    tx.execute(DELETE, {"id": found.id})
