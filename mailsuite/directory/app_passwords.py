"""Passwords for programs: how they are made and found again, and what they are good for.

130 random bits cannot be guessed, however fast the hash: so it is one SHA-256 with a salt, and
a phone that signs in for every click costs no argon2.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence

from mailsuite.directory.capabilities import asked_for, hidden, with_changes
from mailsuite.errors import MailError
from mailsuite.message.addresses import Address
from mailsuite.store import app_passwords
from mailsuite.store.app_passwords import AppPassword, NewAppPassword
from mailsuite.store.opening import Store

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32, none of which is taken for another
LENGTH = 26
GROUP = 5  # letters between two hyphens, for whoever types it
MARK = "$app$"
SCOPES = ("imap", "pop3", "smtp")
LONGEST_NAME = 100
USE_NOTED_SECONDS = 86_400  # a commit a day, not one a sign-in

__all__ = [
    "AppPasswords", "Unfit", "asked_for", "find_app", "hash_app", "hidden", "may_be_app",
    "new_password",
]  # fmt: skip


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


def find_app(
    known: Sequence[AppPassword], password: str, door: str, now: int
) -> AppPassword | None:
    """The one that the password is, if it is good for that door now."""
    for one in known:
        salt = one.secret.removeprefix(MARK).partition("$")[0]
        if hmac.compare_digest(one.secret, hash_app(password, salt)):
            fits = not one.scopes or _scope(door) in one.scopes.split()
            return one if fits and (not one.expires or one.expires > now) else None
    return None


def _scope(door: str) -> str:
    return door if door in SCOPES else "smtp"


class AppPasswords:
    """Looks after them, for those who look after accounts: text in, records or a sentence out."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, at: Address, name: str, scopes: Iterable[str], expires: int) -> str:
        """Make one, and return it: it is never shown again."""
        name = name.strip()
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise Unfit(f"A name has 1 to {LONGEST_NAME} printable characters")
        wanted = sorted(set(scopes))
        for scope in wanted:
            if scope not in SCOPES:
                raise Unfit(f'"{scope}" is no scope: it is one of {", ".join(SCOPES)}')
        password = new_password()
        new = NewAppPassword(name, hash_app(password), " ".join(wanted), expires)
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
