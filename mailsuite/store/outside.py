"""Accounts whose people another directory knows (LDAP, an SQL table): their rows here.

A row is made when somebody signs in or gets mail for the first time, so that mailboxes and quotas
have their place. Who vanishes there is shut here: nobody signs in, mail is refused, and what the
account holds stays for whoever comes back.
"""

from attrs import frozen
from sqlalchemy import bindparam, select, update

from mailsuite.message.addresses import Address
from mailsuite.store.accounts import (
    ACTIVE,
    NewAccount,
    add_account,
    sessions_end,
)
from mailsuite.store.addresses import ACCOUNT, add_address, find_address, remove_address
from mailsuite.store.schema import account
from mailsuite.store.transaction import Transaction

VANISHED = "vanished"
OUTSIDE = "{OUTSIDE}"  # in a hash's place: the password is checked where its owner is known

READ = select(
    account.c.id,
    account.c.name,
    account.c.state,
    account.c.source,
    account.c.display_name,
    account.c.quota_octets,
    account.c.quota_messages,
).where(account.c.id == bindparam("id"))
_OF = update(account).where(account.c.id == bindparam("of_id"))
SET_SOURCE = _OF.values(source=bindparam("to"))
SET_STATE = _OF.values(state=bindparam("to"))
SET_FACTS = _OF.values(
    display_name=bindparam("display"),
    quota_octets=bindparam("octets"),
    quota_messages=bindparam("messages"),
)


@frozen
class Known:
    """Somebody as the other directory knows them."""

    address: Address  # canonical; the account's name here
    display_name: str = ""
    quota_octets: int = 0  # 0: no limit
    quota_messages: int = 0


def is_adopted(tx: Transaction, asked: Address, known: Known) -> bool:
    """Whether nothing has to be written for an address that leads to somebody known."""
    here = _row(tx, known.address)
    if here is None:
        return find_address(tx, known.address) is not None  # an alias of ours comes first
    if not here.source:
        return True  # an account of our own comes first
    return (
        here.state != VANISHED
        and _facts(here) == _facts(known)
        and (asked == known.address or find_address(tx, asked) is not None)
    )


def adopt(tx: Transaction, source: str, asked: Address, known: Known) -> None:
    """Make or mend the account of somebody known, by the address that was asked for.

    Raises:
        NoSuchThing: the domain of their address is not ours.
    """
    if is_adopted(tx, asked, known):
        return
    here = _row(tx, known.address)
    if here is None:
        new = NewAccount(known.address, OUTSIDE, *_facts(known))
        number = add_account(tx, new).id
        tx.execute(SET_SOURCE, {"of_id": number, "to": source})
    else:
        number = here.id
        display, octets, messages = _facts(known)
        facts = {"display": display, "octets": octets, "messages": messages}
        tx.execute(SET_FACTS, {"of_id": number, **facts})
        if here.state == VANISHED:
            tx.execute(SET_STATE, {"of_id": number, "to": ACTIVE})
            sessions_end(tx, number)
    if asked != known.address and find_address(tx, asked) is None:
        add_address(tx, asked, number)
    tx.people_changed()
    tx.account_changed(number)


def stands(tx: Transaction, asked: Address) -> bool:
    """Whether an address leads to an account that another directory has to know."""
    here = _row(tx, asked)
    return here is not None and bool(here.source) and here.state != VANISHED


def vanish(tx: Transaction, asked: Address) -> None:
    """The other directory does not know an address any more."""
    here = _row(tx, asked)
    if here is None or not here.source:
        return
    if here.name != str(asked):
        remove_address(tx, asked)
    elif here.state == ACTIVE:
        tx.execute(SET_STATE, {"of_id": here.id, "to": VANISHED})
        tx.people_changed()
        sessions_end(tx, here.id)


def _row(tx: Transaction, at: Address) -> "_Here | None":
    found = find_address(tx, at)
    if found is None or found.kind != ACCOUNT:
        return None
    rows = tx.execute(READ, {"id": found.account_id}).tuples()
    return _Here(*rows[0]) if rows else None


@frozen
class _Here:
    id: int
    name: str
    state: str
    source: str
    display_name: str
    quota_octets: int
    quota_messages: int


def _facts(one: Known | _Here) -> tuple[str, int, int]:
    return one.display_name, one.quota_octets, one.quota_messages
