"""Accounts: who they are, what they may keep, how they come and go.

Whatever must end sessions raises the account's generation; `Directory.on_account` sees it.
"""

from attrs import field, frozen
from sqlalchemy import bindparam, insert, select, update

from mailsuite.errors import NoSuchThing, NotPermitted
from mailsuite.message.addresses import Address
from mailsuite.store.addresses import (
    ACCOUNT,
    add_address,
    addresses_of,
    find_address,
    remove_address,
    remove_addresses_of,
)
from mailsuite.store.credentials import remove_credentials, set_password
from mailsuite.store.ids import reserve_id
from mailsuite.store.mailboxes import create_default_mailboxes
from mailsuite.store.masks import remove_masks_of
from mailsuite.store.schema import account
from mailsuite.store.senders import remove_senders_of
from mailsuite.store.transaction import Transaction

ROLES = ("admin", "domain-admin", "user")
ACTIVE, DISABLED, REMOVED, SHARED = "active", "disabled", "removed", "shared"

COLUMNS = (
    account.c.id,
    account.c.name,
    account.c.display_name,
    account.c.state,
    account.c.role,
    account.c.quota_octets,
    account.c.quota_messages,
    account.c.used_octets,
    account.c.used_messages,
    account.c.created,
)
THERE = account.c.state != bindparam("removed")
# The one that is nobody's is no account for people (`mailsuite.store.granted.COMMON`).
LIST = select(*COLUMNS).where(THERE, account.c.state != SHARED).order_by(account.c.name)
READ = select(*COLUMNS).where(THERE, account.c.id == bindparam("id"))
STATE = select(account.c.state, account.c.generation).where(account.c.id == bindparam("id"))
INSERT = insert(account)
OF_ID = update(account).where(account.c.id == bindparam("of_id"))
RAISE = OF_ID.values(generation=account.c.generation + 1)
SET_STATE = OF_ID.values(state=bindparam("to"))
SET_ROLE = OF_ID.values(role=bindparam("to"))
SET_QUOTA = OF_ID.values(quota_octets=bindparam("octets"), quota_messages=bindparam("messages"))
SET_NAME = OF_ID.values(name=bindparam("to"))


@frozen
class NewAccount:
    """What a new account is made of."""

    address: Address  # canonical; becomes the account's name
    secret: str = field(repr=False)  # a hash
    display_name: str = ""
    quota_octets: int = 0  # 0: unlimited
    quota_messages: int = 0
    role: str = "user"
    scram: str = field(default="", repr=False)  # sealed verifiers, about `secret`


@frozen
class Person:
    """An account, for those who look after it."""

    id: int
    name: str  # its first address, canonical
    display_name: str
    state: str  # active | disabled
    role: str  # admin | domain-admin | user
    quota_octets: int  # 0: unlimited
    quota_messages: int
    used_octets: int
    used_messages: int
    created: int
    addresses: tuple[str, ...] = ()


def add_account(tx: Transaction, new: NewAccount) -> Person:
    """Make an account with its address, password and default mailboxes.

    Raises:
        NoSuchThing: the address's domain is not ours.
        AlreadyThere: the address leads somewhere already.
    """
    number = reserve_id(tx, "account")
    add_address(tx, new.address, number)
    tx.execute(
        INSERT,
        {
            "id": number,
            "name": str(new.address),
            "display_name": new.display_name,
            "role": new.role,
            "quota_octets": new.quota_octets,
            "quota_messages": new.quota_messages,
            "created": tx.now,
        },
    )
    set_password(tx, number, new.secret, new.scram)
    create_default_mailboxes(tx, number)
    tx.account_changed(number)
    return _person(tx, number)


def list_accounts(tx: Transaction) -> list[Person]:
    """All accounts by name, without their further addresses."""
    return [Person(*row) for row in tx.execute(LIST, {"removed": REMOVED}).tuples()]


def show_account(tx: Transaction, at: Address) -> Person:
    """The account that has this canonical address.

    Raises:
        NoSuchThing: none has.
    """
    return _person(tx, account_id(tx, at))


def account_id(tx: Transaction, at: Address) -> int:
    """The id of the account that has this canonical address.

    Raises:
        NoSuchThing: none has.
    """
    found = find_address(tx, at)
    if found is None or found.account_id is None:
        raise NoSuchThing(f"{at} is no account")
    return found.account_id


def _account_of(tx: Transaction, at: Address) -> int:
    """The account of an address that is neither an alias nor a mask. Raises `NoSuchThing`."""
    found = find_address(tx, at)
    if found is None or found.account_id is None or found.kind != ACCOUNT:
        raise NoSuchThing(f"{at} is no address of an account")
    return found.account_id


def current_generation(tx: Transaction, number: int) -> int | None:
    """The account's generation; None when nobody may be signed in to it."""
    rows = tx.execute(STATE, {"id": number}).tuples()
    return rows[0][1] if rows and rows[0][0] == ACTIVE else None


def change_password(tx: Transaction, at: Address, secret: str, scram: str = "") -> Person:
    """Keep the hash of a new password; sessions signed in with the old one end (A9)."""
    number = account_id(tx, at)
    set_password(tx, number, secret, scram)
    return _changed(tx, number)


def change_state(tx: Transaction, at: Address, state: str) -> Person:
    """Shut an account or open it again; the sessions of a shut one end (A9).

    Mail for a disabled account is still taken in: nothing is lost while it is shut.
    """
    number = account_id(tx, at)
    tx.execute(SET_STATE, {"of_id": number, "to": state})
    return _changed(tx, number)


def change_role(tx: Transaction, at: Address, role: str) -> Person:
    """Give an account another role; its sessions end, for they know the old one."""
    number = account_id(tx, at)
    tx.execute(SET_ROLE, {"of_id": number, "to": role})
    return _changed(tx, number)


def change_quota(tx: Transaction, at: Address, octets: int | None, messages: int | None) -> Person:
    """Set what an account may keep; None leaves a limit as it is, 0 takes it away."""
    before = show_account(tx, at)
    limits = {
        "octets": before.quota_octets if octets is None else octets,
        "messages": before.quota_messages if messages is None else messages,
    }
    tx.execute(SET_QUOTA, {"of_id": before.id, **limits})
    tx.account_changed(before.id)
    return _person(tx, before.id)


def add_account_address(tx: Transaction, at: Address, further: Address) -> Person:
    """Give an account a further address: it gets mail for it, may send as it and sign in by it.

    Raises:
        NoSuchThing: no such account, or the further address's domain is not ours.
        AlreadyThere: the further address leads somewhere already.
    """
    number = account_id(tx, at)
    add_address(tx, further, number)
    tx.account_changed(number)
    return _person(tx, number)


def remove_account_address(tx: Transaction, further: Address) -> Person:
    """Take a further address from its account; the sessions of the account end.

    Raises:
        NoSuchThing: it is no account's.
        NotPermitted: it is the account's name.
    """
    number = _account_of(tx, further)
    if _person(tx, number).name == str(further):
        raise NotPermitted(f"{further} is the account's name")
    remove_address(tx, further)
    return _changed(tx, number)


def retire_account(tx: Transaction, at: Address) -> int:
    """Take everything from an account that lets mail or people in; its mail goes after.

    The row stays, without its name, until `mailsuite.store.removal` has dropped the mail: a
    name is free at once, however long that takes.
    """
    number = account_id(tx, at)
    remove_masks_of(tx, number)
    remove_senders_of(tx, number)
    remove_addresses_of(tx, number)
    remove_credentials(tx, number)
    tx.execute(SET_STATE, {"of_id": number, "to": REMOVED})
    tx.execute(SET_NAME, {"of_id": number, "to": f"removed:{number}"})
    tx.execute(RAISE, {"of_id": number})
    tx.account_changed(number)
    return number


def sessions_end(tx: Transaction, number: int) -> None:
    """End the account's sessions: they know of it what is no longer so."""
    tx.execute(RAISE, {"of_id": number})
    tx.account_changed(number)


def _changed(tx: Transaction, number: int) -> Person:
    sessions_end(tx, number)
    return _person(tx, number)


def _person(tx: Transaction, number: int) -> Person:
    rows = tx.execute(READ, {"id": number, "removed": REMOVED}).tuples()
    if not rows:
        raise NoSuchThing("no such account")
    return Person(*(*rows[0], addresses_of(tx, number)))
