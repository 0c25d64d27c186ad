"""Masked addresses: random ones that lead to an account, each with an end of its own."""

from attrs import frozen
from sqlalchemy import bindparam, delete, insert, select, update

from mailsuite.errors import NoSuchThing, TooMany
from mailsuite.message.addresses import Address
from mailsuite.store.addresses import MASK, add_address, find_address, remove_address, shown
from mailsuite.store.schema import account, address, domain
from mailsuite.store.schema_people import mask
from mailsuite.store.transaction import Transaction

ON, OFF = "on", "off"
MASKS = 1_000  # of one account

_COLUMNS = (
    address.c.localpart,
    domain.c.name,
    account.c.name,
    mask.c.note,
    mask.c.state,
    mask.c.expires,
    mask.c.created,
)
_JOINED = (
    mask.join(address, address.c.id == mask.c.address_id)
    .join(domain, domain.c.id == address.c.domain_id)
    .join(account, account.c.id == mask.c.account_id)
)
LIST = (
    select(*_COLUMNS)
    .select_from(_JOINED)
    .where(mask.c.account_id == bindparam("account_id"))
    .order_by(mask.c.created, mask.c.address_id)
)
READ = select(*_COLUMNS).select_from(_JOINED).where(mask.c.address_id == bindparam("address_id"))
# Asked for an address that is a mask, and for no other.
LIVE = select(mask.c.address_id).where(
    mask.c.address_id == bindparam("address_id"),
    mask.c.state == bindparam("state"),
    (mask.c.expires == 0) | (mask.c.expires > bindparam("now")),
)
INSERT = insert(mask)
SET_STATE = update(mask).where(mask.c.address_id == bindparam("of")).values(state=bindparam("to"))
DELETE = delete(mask).where(mask.c.address_id == bindparam("of"))
DELETE_OF_ACCOUNT = delete(mask).where(mask.c.account_id == bindparam("of_account"))


@frozen
class Mask:
    """One masked address, for its owner."""

    address: str
    account: str  # whose it is
    note: str
    state: str  # on | off
    expires: int  # seconds UTC; 0: never
    created: int


def add_mask(tx: Transaction, account_id: int, at: Address, note: str, expires: int) -> Mask:
    """Make a masked address of an account.

    Raises:
        NoSuchThing: its domain is not ours.
        AlreadyThere: the address leads somewhere already.
        TooMany: the account has `MASKS`.
    """
    if len(list_masks(tx, account_id)) >= MASKS:
        raise TooMany(f"an account has at most {MASKS} masked addresses")
    row = add_address(tx, at, account_id, MASK)
    tx.execute(
        INSERT,
        {
            "address_id": row,
            "account_id": account_id,
            "note": note,
            "state": ON,
            "expires": expires,
            "created": tx.now,
        },
    )
    return _read(tx, row)


def list_masks(tx: Transaction, account_id: int) -> list[Mask]:
    """All of an account, the eldest first."""
    return [_mask(row) for row in tx.execute(LIST, {"account_id": account_id}).tuples()]


def switch_mask(tx: Transaction, at: Address, state: str) -> Mask:
    """Let it lead to its account, or nowhere. Raises `NoSuchThing`."""
    row = _find(tx, at)
    tx.people_changed()
    tx.execute(SET_STATE, {"of": row, "to": state})
    return _read(tx, row)


def remove_mask(tx: Transaction, at: Address) -> None:
    """Take it away for good. Raises `NoSuchThing`."""
    row = _find(tx, at)
    tx.execute(DELETE, {"of": row})
    remove_address(tx, at)


def owner_of(tx: Transaction, at: Address) -> int:
    """Whose it is. Raises `NoSuchThing`."""
    found = find_address(tx, at)
    if found is None or found.kind != MASK or found.account_id is None:
        raise NoSuchThing(f"{at} is no masked address")
    return found.account_id


def remove_masks_of(tx: Transaction, account_id: int) -> None:
    """Forget what was noted of all of an account's; their addresses go with the others."""
    tx.execute(DELETE_OF_ACCOUNT, {"of_account": account_id})


def is_live(tx: Transaction, address_id: int) -> bool:
    """Whether it leads to its account now."""
    asked = {"address_id": address_id, "state": ON, "now": tx.now}
    return tx.execute(LIVE, asked).value() is not None


def _find(tx: Transaction, at: Address) -> int:
    found = find_address(tx, at)
    if found is None or found.kind != MASK:
        raise NoSuchThing(f"{at} is no masked address")
    return found.id


def _read(tx: Transaction, address_id: int) -> Mask:
    return _mask(tx.execute(READ, {"address_id": address_id}).tuples()[0])


def _mask(row: tuple[str, str, str, str, str, int, int]) -> Mask:
    localpart, domain_name, *rest = row
    return Mask(shown(localpart, domain_name), *rest)  # type: ignore[arg-type]
