"""Passwords for programs: how they are made and found again, and what they are good for.

130 random bits cannot be guessed, however fast the hash: so it is one SHA-256 with a salt, and
a phone that signs in for every click costs no argon2.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence

from mailsuite.directory.capabilities import with_changes
from mailsuite.directory.verifiers import sealed_verifiers
from mailsuite.errors import MailError
from mailsuite.message.addresses import Address
from mailsuite.store import app_passwords
from mailsuite.store.accounts import show_account
from mailsuite.store.app_passwords import AppPassword, NewAppPassword
from mailsuite.store.opening import Store
from mailsuite.wire.pools import Runs

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32, none of which is taken for another
LENGTH = 26
GROUP = 5  # letters between two hyphens, for whoever types it
MARK = "$app$"
DOORS = ("imap", "pop3", "smtp")
READ_ONLY, SEND_ONLY = "read-only", "send-only"
SCOPES = (*DOORS, READ_ONLY, SEND_ONLY)
LONGEST_NAME = 100


class Unfit(MailError):  # noqa: N818 - named for what happened, as in `errors`
    """What was asked for cannot be; the words say why."""


def new_password() -> str:
    """A random one, as it is shown: once."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return "-".join(letters[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def _plain(password: str) -> str:
    return password.replace("-", "").replace(" ", "").lower()


def hash_app(password: str, salt: str = "") -> str:
    """The hash that is stored: `$app$salt$digest`."""
    salt = salt or secrets.token_hex(16)
    digest = hashlib.sha256(f"{salt}{_plain(password)}".encode(errors="surrogatepass"))
    return f"{MARK}{salt}${digest.hexdigest()}"


def may_be_app(password: str) -> bool:
    """Whether it has the form of an app password: most have not, and nothing is read for them."""
    plain = _plain(password)
    return len(plain) == LENGTH and set(plain) <= set(LETTERS)


def find_app(known: Sequence[AppPassword], password: str) -> AppPassword | None:
    """The one that the password is, whatever it is good for."""
    for one in known:
        salt = one.secret.removeprefix(MARK).partition("$")[0]
        if hmac.compare_digest(one.secret, hash_app(password, salt)):
            return one
    return None


def fits(scopes: str, door: str) -> bool:
    """Whether an app password of these scopes is good for a door."""
    words = set(scopes.split())
    scope = door if door in DOORS else "smtp"
    if SEND_ONLY in words:
        return scope == "smtp"
    if READ_ONLY in words and scope == "smtp":
        return False
    return not words & set(DOORS) or scope in words


def _checked(scopes: Iterable[str]) -> str:
    """Scopes as they are kept. Raises `Unfit`."""
    wanted = sorted(set(scopes))
    for scope in wanted:
        if scope not in SCOPES:
            raise Unfit(f'"{scope}" is no scope: it is one of {", ".join(SCOPES)}')
    if READ_ONLY in wanted and {SEND_ONLY, "smtp"} & set(wanted):
        raise Unfit("Who may only read sends nothing")
    if SEND_ONLY in wanted and {"imap", "pop3"} & set(wanted):
        raise Unfit("Who may only send has no other door")
    return " ".join(wanted)


class AppPasswords:
    """Looks after them, for those who look after accounts: text in, records or a sentence out."""

    def __init__(self, store: Store, hashes: Runs) -> None:
        self._store = store
        self._hashes = hashes

    async def add(self, at: Address, name: str, scopes: Iterable[str], expires: int) -> str:
        """Make one, and return it: it is never shown again."""
        name = name.strip()
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise Unfit(f"A name has 1 to {LONGEST_NAME} printable characters")
        wanted = _checked(scopes)
        person = await self._store.readers.run(show_account, at)
        password = new_password()
        secret = hash_app(password)
        # SCRAM proves what was typed: with the hyphens, or without.
        typed = (password, _plain(password))
        scram = await self._hashes.run(
            sealed_verifiers, self._store.seal, person.name, typed, secret
        )
        new = NewAppPassword(name, secret, wanted, expires, scram)
        await self._store.writer.run(app_passwords.add_app_password, at, new)
        return password

    async def all(self, at: Address) -> list[AppPassword]:
        """All of an account."""
        return await self._store.readers.run(app_passwords.list_app_passwords, at)

    async def remove(self, at: Address, name: str) -> None:
        """Take one back; the account's sessions end."""
        await self._store.writer.run(app_passwords.remove_app_password, at, name.strip())

    async def hide(
        self, at: Address, app: str, *, hide: Sequence[str] = (), show: Sequence[str] = ()
    ) -> str:
        """Hide capabilities from an account or an app password, or show them again.

        Returns what is hidden and asked for now.
        """
        before = await self._store.readers.run(app_passwords.read_capabilities, at, app)
        words = with_changes(before, hide, show)
        await self._store.writer.run(app_passwords.set_capabilities, at, app, words)
        return words
