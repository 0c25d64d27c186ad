"""Addresses of ours: those of accounts, aliases and groups, and catch-alls."""

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import bindparam, delete, insert, select

from mailsuite.errors import AlreadyThere, NoSuchThing, TooMany
from mailsuite.message.addresses import Address
from mailsuite.store.domains import domain_id
from mailsuite.store.ids import reserve_id
from mailsuite.store.schema import address, alias_target, domain
from mailsuite.store.schema_people import send_as
from mailsuite.store.transaction import Transaction

ACCOUNT, ALIAS = "account", "alias"
MASK = "mask"  # a random one of an account: it takes mail, and nobody signs in by it
LISTED = "listed"  # taken in for the host that has its mailbox
WILD = "*"  # at the end of an alias's local part: whatever stands there
CATCH_ALL = ""  # the local part of the row that stands for every other one of its domain
TARGETS = 1_000  # of one alias

FIND = (
    select(address.c.id, address.c.kind, address.c.account_id)
    .select_from(address.join(domain, domain.c.id == address.c.domain_id))
    .where(domain.c.name == bindparam("domain"), address.c.localpart == bindparam("localpart"))
)
INSERT = insert(address)
INSERT_TARGET = insert(alias_target)
DELETE = delete(address).where(address.c.id == bindparam("id"))
DELETE_TARGETS = delete(alias_target).where(alias_target.c.address_id == bindparam("id"))
DELETE_SENDERS = delete(send_as).where(send_as.c.address_id == bindparam("id"))
DELETE_OF_ACCOUNT = delete(address).where(address.c.account_id == bindparam("account_id"))
OF_ACCOUNT = (
    select(address.c.localpart, domain.c.name)
    .select_from(address.join(domain, domain.c.id == address.c.domain_id))
    .where(address.c.account_id == bindparam("account_id"), address.c.kind == bindparam("kind"))
    .order_by(address.c.id)
)
ALIASES = (
    select(address.c.localpart, domain.c.name, alias_target.c.target)
    .select_from(
        address.join(domain, domain.c.id == address.c.domain_id).join(
            alias_target, alias_target.c.address_id == address.c.id
        )
    )
    .where(address.c.kind == bindparam("alias"))
    .order_by(domain.c.name, address.c.localpart, alias_target.c.target)
)


@frozen
class Alias:
    """An alias or group: an address (or `@domain`, the catch-all) and where it leads."""

    address: str
    targets: tuple[str, ...]


@frozen
class Found:
    """One row of the table of addresses."""

    id: int
    kind: str  # account | alias | listed | mask
    account_id: int | None


def shown(localpart: str, domain_name: str) -> str:
    """An address for people; the catch-all as `@domain`."""
    return str(Address(localpart, domain_name)) if localpart else f"@{domain_name}"


def find_address(tx: Transaction, at: Address) -> Found | None:
    """The row of exactly this canonical address."""
    row = tx.execute(FIND, {"domain": at.domain, "localpart": at.localpart}).tuples()
    return Found(*row[0]) if row else None


def add_address(tx: Transaction, at: Address, account_id: int | None, kind: str = ACCOUNT) -> int:
    """Make a canonical address lead to an account; None: it becomes an alias.

    Raises:
        NoSuchThing: its domain is not ours.
        AlreadyThere: it leads somewhere already.
    """
    number = domain_id(tx, at.domain)
    if find_address(tx, at) is not None:
        raise AlreadyThere(f"{shown(at.localpart, at.domain)} is there already")
    tx.people_changed()
    row = reserve_id(tx, "address")
    tx.execute(
        INSERT,
        {
            "id": row,
            "domain_id": number,
            "localpart": at.localpart,
            "kind": ALIAS if account_id is None else kind,
            "account_id": account_id,
        },
    )
    return row


def addresses_of(tx: Transaction, account_id: int) -> tuple[str, ...]:
    """The addresses of an account, its name first, without masked ones."""
    rows = tx.execute(OF_ACCOUNT, {"account_id": account_id, "kind": ACCOUNT}).tuples()
    return tuple(shown(*row) for row in rows)


def remove_address(tx: Transaction, at: Address) -> None:
    """Take one canonical address away."""
    found = find_address(tx, at)
    if found is not None:
        tx.people_changed()
        tx.execute(DELETE_SENDERS, {"id": found.id})
        tx.execute(DELETE, {"id": found.id})


def remove_addresses_of(tx: Transaction, account_id: int) -> None:
    """Take every address from an account."""
    tx.people_changed()
    tx.execute(DELETE_OF_ACCOUNT, {"account_id": account_id})


def add_alias(tx: Transaction, at: Address, targets: Sequence[str]) -> Alias:
    """Make an alias (one target), a group (several) or a catch-all (no local part).

    One whose local part ends in `WILD` stands for every address that begins so.

    Targets are addresses as text, local or elsewhere, other aliases too.

    Raises:
        NoSuchThing: its domain is not ours.
        AlreadyThere: the address leads somewhere already.
        TooMany: over `TARGETS` targets.
    """
    wanted = sorted(set(targets))
    if len(wanted) > TARGETS:
        raise TooMany(f"an alias has at most {TARGETS} targets")
    row = add_address(tx, at, None)
    tx.execute_many(INSERT_TARGET, [{"address_id": row, "target": target} for target in wanted])
    return Alias(shown(at.localpart, at.domain), tuple(wanted))


def list_aliases(tx: Transaction) -> list[Alias]:
    """All aliases, by domain and local part."""
    targets: dict[str, list[str]] = {}
    for localpart, name, target in tx.execute(ALIASES, {"alias": ALIAS}).tuples():
        targets.setdefault(shown(localpart, name), []).append(target)
    return [Alias(at, tuple(leads_to)) for at, leads_to in targets.items()]


def remove_alias(tx: Transaction, at: Address) -> None:
    """Take an alias away.

    Raises:
        NoSuchThing: there is none of that address.
    """
    found = find_address(tx, at)
    if found is None or found.kind != ALIAS:
        raise NoSuchThing(f"{shown(at.localpart, at.domain)} is no alias")
    tx.people_changed()
    tx.execute(DELETE_TARGETS, {"id": found.id})
    tx.execute(DELETE_SENDERS, {"id": found.id})
    tx.execute(DELETE, {"id": found.id})
