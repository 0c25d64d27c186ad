"""Domains that are ours."""

from attrs import frozen
from sqlalchemy import bindparam, delete, func, insert, select

from mailsuite.errors import AlreadyThere, NoSuchThing, NotEmpty
from mailsuite.store.ids import reserve_id
from mailsuite.store.schema import address, domain
from mailsuite.store.schema_signing import dkim_key
from mailsuite.store.transaction import Transaction

FIND = select(domain.c.id).where(domain.c.name == bindparam("name"))
COUNTED = (
    select(
        domain.c.id,
        domain.c.name,
        domain.c.created,
        domain.c.backup_for,
        func.count(address.c.account_id).label("addresses"),
        func.count(address.c.id).label("all"),
    )
    .select_from(domain.outerjoin(address, address.c.domain_id == domain.c.id))
    .group_by(domain.c.id, domain.c.name, domain.c.created, domain.c.backup_for)
    .order_by(domain.c.name)
)
COUNTED_ONE = COUNTED.where(domain.c.name == bindparam("name"))
INSERT = insert(domain)
DELETE = delete(domain).where(domain.c.id == bindparam("id"))
DELETE_KEYS = delete(dkim_key).where(dkim_key.c.domain_id == bindparam("of"))


@frozen
class Domain:
    """One domain of ours."""

    id: int
    name: str  # canonical: A-labels, lower case
    addresses: int  # that lead to an account
    aliases: int  # and recipients that are listed for their host
    created: int
    backup_for: str = ""  # the host that has its mailboxes; "": this one


def find_domain(tx: Transaction, name: str) -> int | None:
    """The id of a domain of ours; None: not ours."""
    found: int | None = tx.execute(FIND, {"name": name}).value()
    return found


def domain_id(tx: Transaction, name: str) -> int:
    """The id of a domain of ours.

    Raises:
        NoSuchThing: it is not ours.
    """
    found = find_domain(tx, name)
    if found is None:
        raise NoSuchThing(f"{name} is not a domain of this host")
    return found


def add_domain(tx: Transaction, name: str, backup_for: str = "") -> Domain:
    """Make a domain ours: mail for it is taken in from now on, for us or for another host.

    Raises:
        AlreadyThere: it is ours.
    """
    if find_domain(tx, name) is not None:
        raise AlreadyThere(f"{name} is there already")
    number = reserve_id(tx, "domain")
    tx.people_changed()
    row = {"id": number, "name": name, "state": "active", "created": tx.now}
    tx.execute(INSERT, {**row, "backup_for": backup_for})
    return Domain(number, name, 0, 0, tx.now, backup_for)


def list_domains(tx: Transaction) -> list[Domain]:
    """All domains by name."""
    return [_domain(row) for row in tx.execute(COUNTED).tuples()]


def own_domain(tx: Transaction, hostname: str) -> str:
    """The domain of ours that this host stands in, else the first; without any, its own name."""
    ours = [domain.name for domain in list_domains(tx) if not domain.backup_for]
    above = [name for name in ours if f".{hostname}".endswith(f".{name}")]
    return max(above, key=len, default=ours[0] if ours else hostname)


def show_domain(tx: Transaction, name: str) -> Domain:
    """One domain.

    Raises:
        NoSuchThing: it is not ours.
    """
    rows = tx.execute(COUNTED_ONE, {"name": name}).tuples()
    if not rows:
        raise NoSuchThing(f"{name} is not a domain of this host")
    return _domain(rows[0])


def remove_domain(tx: Transaction, name: str) -> None:
    """Take mail for a domain no more.

    Raises:
        NoSuchThing: it is not ours.
        NotEmpty: an account or alias still stands in it; nothing was changed.
    """
    found = show_domain(tx, name)
    if found.addresses or found.aliases:
        raise NotEmpty(
            f"{name} still has addresses of accounts ({found.addresses}) or aliases "
            f"({found.aliases}); remove these first"
        )
    tx.people_changed()
    tx.execute(DELETE_KEYS, {"of": found.id})
    tx.execute(DELETE, {"id": found.id})


def _domain(row: tuple[int, str, int, str, int, int]) -> Domain:
    number, name, created, backup_for, addresses, every = row
    return Domain(number, name, addresses, every - addresses, created, backup_for)
