"""Passwords for programs, beside an account's own: each can be taken back alone.

Their secrets are fast hashes: they are random and of 130 bits, so that nobody gains from trying
many (`mailsuite.directory.app_passwords`).
"""

from collections.abc import Mapping

from attrs import asdict, evolve, field, frozen
from sqlalchemy import bindparam, delete, insert, select, update

from mailsuite.errors import AlreadyThere, NoSuchThing, TooMany
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import account_id, sessions_end
from mailsuite.store.ids import reserve_id
from mailsuite.store.schema import account, credential
from mailsuite.store.transaction import Transaction

APP = "app"
MOST = 100  # of an account

_OF = (credential.c.account_id == bindparam("of_account"), credential.c.kind == APP)
_NAMED = (*_OF, credential.c.name == bindparam("of_name"))
LIST = (
    select(
        credential.c.id,
        credential.c.name,
        credential.c.scopes,
        credential.c.capabilities,
        credential.c.created,
        credential.c.last_used,
        credential.c.expires,
        credential.c.secret,
        credential.c.scram,
    )
    .where(*_OF)
    .order_by(credential.c.name)
)
INSERT = insert(credential)
REMOVE = delete(credential).where(*_NAMED)
SET = update(credential).where(*_NAMED).values(capabilities=bindparam("words"))
USED = (
    update(credential)
    .where(credential.c.id == bindparam("of_id"))
    .values(last_used=bindparam("at"))
)
READ_ACCOUNT = select(account.c.capabilities).where(account.c.id == bindparam("id"))
SET_ACCOUNT = (
    update(account)
    .where(account.c.id == bindparam("of_id"))
    .values(capabilities=bindparam("words"))
)


@frozen
class AppPassword:
    """One password of a program; times are seconds of UTC, 0: never."""

    id: int
    name: str
    scopes: str  # imap, pop3, smtp, with blanks between; empty: all
    capabilities: str  # "-NAME" hides one, "+NAME" offers one that not everybody sees
    created: int
    last_used: int
    expires: int
    secret: str = field(default="", repr=False)
    scram: str = field(default="", repr=False)  # sealed verifiers, about `secret`


@frozen
class NewAppPassword:
    """What a new one is made of, as `AppPassword` has it."""

    name: str
    secret: str = field(repr=False)
    scopes: str = ""
    expires: int = 0
    scram: str = field(default="", repr=False)


def read_app_passwords(tx: Transaction, number: int) -> list[AppPassword]:
    """All of an account, by name, with their hashes: for signing in only."""
    rows = tx.execute(LIST, {"of_account": number}).tuples()
    return [AppPassword(*row) for row in rows]


def list_app_passwords(tx: Transaction, at: Address) -> list[AppPassword]:
    """All of an account, by name, without their hashes.

    Raises:
        NoSuchThing: the address is no account's.
    """
    return [evolve(one, secret="", scram="") for one in read_app_passwords(tx, account_id(tx, at))]


def add_app_password(tx: Transaction, at: Address, new: NewAppPassword) -> None:
    """Keep the hash of a new one.

    Raises:
        NoSuchThing: the address is no account's.
        AlreadyThere: the account has one of that name.
        TooMany: the account has its fill.
    """
    number = account_id(tx, at)
    known = read_app_passwords(tx, number)
    if any(one.name == new.name for one in known):
        raise AlreadyThere(f'{at} has an app password "{new.name}" already')
    if len(known) >= MOST:
        raise TooMany(f"{at} has {MOST} app passwords")
    place = {"id": reserve_id(tx, "credential"), "account_id": number, "kind": APP}
    tx.execute(INSERT, {**place, **asdict(new), "created": tx.now})


def remove_app_password(tx: Transaction, at: Address, name: str) -> None:
    """Take one back; the account's sessions end, for one of them may have used it.

    Raises:
        NoSuchThing: there is no such account, or none of that name.
    """
    number = account_id(tx, at)
    _named(tx, number, at, name)
    tx.execute(REMOVE, {"of_account": number, "of_name": name})
    sessions_end(tx, number)


def read_capabilities(tx: Transaction, at: Address, app: str) -> str:
    """What an account, or one of its app passwords, hides and asks for.

    Raises:
        NoSuchThing: there is no such account, or no app password of that name.
    """
    number = account_id(tx, at)
    if app:
        return _named(tx, number, at, app).capabilities
    return str(tx.execute(READ_ACCOUNT, {"id": number}).value())


def set_capabilities(tx: Transaction, at: Address, app: str, words: str) -> None:
    """Set what it hides and asks for; the account's sessions end, and see it when they return.

    Raises:
        NoSuchThing: there is no such account, or no app password of that name.
    """
    number = account_id(tx, at)
    if app:
        _named(tx, number, at, app)
        tx.execute(SET, {"of_account": number, "of_name": app, "words": words})
    else:
        tx.execute(SET_ACCOUNT, {"of_id": number, "words": words})
    sessions_end(tx, number)


def note_uses(tx: Transaction, uses: Mapping[int, int]) -> None:
    """Note when each was last used, by its id, in seconds of UTC."""
    for number, at in uses.items():
        tx.execute(USED, {"of_id": number, "at": at})


def _named(tx: Transaction, number: int, at: Address, name: str) -> AppPassword:
    for one in read_app_passwords(tx, number):
        if one.name == name:
            return one
    raise NoSuchThing(f'{at} has no app password "{name}"')
