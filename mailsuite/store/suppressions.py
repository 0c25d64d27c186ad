"""Addresses that the queue does not write to: the operator's, and those that bounced."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import and_, bindparam, delete, insert, or_, select

from mailsuite.errors import NoSuchThing
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store.schema_suppression import suppression
from mailsuite.store.transaction import Transaction, any_of

REASON = 500  # characters
_HOLDS = or_(suppression.c.until == 0, suppression.c.until > bindparam("now"))
ADD = insert(suppression)
REMOVE = delete(suppression).where(any_of(suppression.c.address, "names"))
ENDED = delete(suppression).where(
    and_(suppression.c.until != 0, suppression.c.until <= bindparam("now"))
)
FOUND = select(suppression.c.address, suppression.c.reason).where(
    any_of(suppression.c.address, "names"), _HOLDS
)
ANY = select(suppression.c.until).limit(1)
ALL = (
    select(suppression.c.address, suppression.c.reason, suppression.c.created, suppression.c.until)
    .where(_HOLDS)
    .order_by(suppression.c.address)
)


@frozen
class Suppression:
    """One address, or "@" and a domain, that is not written to. Times in seconds UTC."""

    address: str
    reason: str
    created: int
    until: int  # 0: for ever


def suppressed_name(address: str) -> str:
    """What stands for an address in the list: its canonical form. Raises `BadAddress`."""
    if address.startswith("@"):
        return "@" + Address.parse(f"x{address}").canonical.domain
    return str(Address.parse(address).canonical)


def add_suppressions(tx: Transaction, names: Sequence[str], reason: str, until: int = 0) -> int:
    """Write no more to these (`suppressed_name`); how many. What was there is replaced."""
    unique = sorted(set(names))
    tx.execute(REMOVE, {"names": tx.array(unique)})
    tx.execute(ENDED, {"now": tx.now})
    words = reason[:REASON].replace("\0", "\N{REPLACEMENT CHARACTER}")
    rows: list[dict[str, Any]] = [
        {"address": name, "reason": words, "created": tx.now, "until": until} for name in unique
    ]
    tx.execute_many(ADD, rows)
    return len(unique)


def suppress_bounced(tx: Transaction, addresses: Sequence[str], reason: str, until: int) -> None:
    """Write no more to addresses that bounced, for a while; the operator's own words stay."""
    names = {suppressed_name(address) for address in addresses if _is_valid(address)}
    found = {
        row[0] for row in tx.execute(FOUND, {"names": tx.array(names), "now": tx.now}).tuples()
    }
    add_suppressions(tx, sorted(names - found), reason, until)


def _is_valid(address: str) -> bool:
    try:
        Address.parse(address)
    except BadAddress:
        return False
    return True


def remove_suppressions(tx: Transaction, names: Sequence[str]) -> int:
    """Write to all of these again; how many. Raises `NoSuchThing`."""
    for name in names:
        if not tx.execute(REMOVE, {"names": tx.array([name])}).count:
            raise NoSuchThing(f"{name} is not in the suppression list")
    return len(names)


def read_suppressions(tx: Transaction) -> list[Suppression]:
    """The whole list."""
    return [Suppression(*row) for row in tx.execute(ALL, {"now": tx.now}).tuples()]


def find_suppressed(tx: Transaction, addresses: Iterable[str]) -> Mapping[str, str]:
    """Which of these are not written to, as they were given, and why."""
    if tx.execute(ANY, {}).value() is None:
        return {}
    wanted: dict[str, list[str]] = {}
    for address in addresses:
        try:
            name = suppressed_name(address)
        except BadAddress:  # no list has it
            continue
        wanted.setdefault(name, []).append(address)
        wanted.setdefault("@" + name.rpartition("@")[2], []).append(address)
    found = {}
    if wanted:
        bound = {"names": tx.array(wanted), "now": tx.now}
        for name, reason in tx.execute(FOUND, bound).tuples():
            found.update(dict.fromkeys(wanted[name], str(reason)))
    return found
