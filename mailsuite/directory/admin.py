"""Domains, accounts and aliases for those who look after them: what the command line calls.

Everything takes text as a person typed it, and raises a `MailError` whose words are one
sentence for that person. Records come back as they are in the store.
"""

import re
from collections.abc import Sequence
from typing import Final

from mailsuite.directory.app_passwords import AppPasswords
from mailsuite.directory.foreign_hashes import read_hash
from mailsuite.directory.masks import Masks
from mailsuite.directory.rights import Rights
from mailsuite.directory.senders import Senders
from mailsuite.directory.totp import OneTime
from mailsuite.directory.typed import Refused, typed_address, typed_domain
from mailsuite.directory.verifiers import Hashed, hashed
from mailsuite.message.addresses import Address
from mailsuite.store import accounts, addresses, backups, domains, removal
from mailsuite.store.accounts import NewAccount, Person
from mailsuite.store.addresses import Alias
from mailsuite.store.app_passwords import AppPassword
from mailsuite.store.domains import Domain
from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from mailsuite.wire.pools import Runs

__all__ = ["Accounts", "Alias", "Aliases", "Domain", "Domains", "People", "Person", "Refused"]

_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}\]?)(?::[0-9]{1,5})?")
MOST: Final = 2**62  # of a quota, in octets or messages


class Domains:
    """Looks after domains."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, name: str, backup_for: str = "") -> Domain:
        """Make a domain ours; or take its mail for the host that has its mailboxes."""
        host = _host(backup_for) if backup_for else ""
        return await self._store.writer.run(domains.add_domain, typed_domain(name), host)

    async def all(self) -> list[Domain]:
        """All domains by name."""
        return await self._store.readers.run(domains.list_domains)

    async def show(self, name: str) -> Domain:
        """One domain."""
        return await self._store.readers.run(domains.show_domain, typed_domain(name))

    async def remove(self, name: str) -> None:
        """Take mail for a domain no more; refused while accounts or aliases stand in it."""
        await self._store.writer.run(domains.remove_domain, typed_domain(name))


class Recipients:
    """Looks after the addresses that are taken in for other hosts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, listed: Sequence[str]) -> list[str]:
        """List addresses of a backup domain: all or none of them."""
        wanted = [typed_address(each) for each in listed]
        return await self._store.writer.run(backups.add_recipients, wanted)

    async def all(self) -> list[str]:
        """All of them, by domain and local part."""
        return await self._store.readers.run(backups.list_recipients)

    async def remove(self, address: str) -> None:
        """Take one away."""
        await self._store.writer.run(backups.remove_recipient, typed_address(address))


class Aliases:
    """Looks after aliases, groups and catch-alls."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, address: str, targets: Sequence[str]) -> Alias:
        """Make an alias, a group (several targets) or a catch-all (`@domain`, `*@domain`).

        `shop-*@domain` stands for all addresses that begin so.
        """
        if not targets:
            raise Refused(f"{address} needs at least one address to lead to")
        wanted = [_target(target) for target in targets]
        return await self._store.writer.run(addresses.add_alias, _alias(address), wanted)

    async def all(self) -> list[Alias]:
        """All aliases, by domain and local part."""
        return await self._store.readers.run(addresses.list_aliases)

    async def remove(self, address: str) -> None:
        """Take an alias away."""
        await self._store.writer.run(addresses.remove_alias, _alias(address))


class Accounts:
    """Looks after accounts."""

    def __init__(self, store: Store, hashes: Runs, limits: Limits) -> None:
        self._store = store
        self._hashes = hashes
        self._limits = limits

    async def add(
        self,
        address: str,
        password: str,
        *,
        display_name: str = "",
        quota_octets: int = 0,
        quota_messages: int = 0,
        role: str = "user",
        foreign: str = "",
    ) -> Person:
        """Make an account; a quota of 0 is none.

        `foreign`: a hash that another host made, instead of a password (`foreign_hashes`).
        """
        at = typed_address(address)
        kept = await self._kept(str(at), password, foreign)
        new = NewAccount(
            at,
            kept.secret,
            display_name,
            _quota(quota_octets),
            _quota(quota_messages),
            _role(role),
            kept.scram,
        )
        return await self._store.writer.run(accounts.add_account, new)

    async def all(self) -> list[Person]:
        """All accounts by name; their addresses are shown by `show`."""
        return await self._store.readers.run(accounts.list_accounts)

    async def show(self, address: str) -> Person:
        """One account, by any of its addresses, as are all below."""
        return await self._store.readers.run(accounts.show_account, typed_address(address))

    async def password(self, address: str, password: str, *, foreign: str = "") -> Person:
        """Set a new password, or a hash of one as in `add`; sessions of the old one end."""
        at = typed_address(address)
        name = (await self._store.readers.run(accounts.show_account, at)).name
        kept = await self._kept(name, password, foreign)
        return await self._store.writer.run(accounts.change_password, at, kept.secret, kept.scram)

    async def quota(
        self, address: str, octets: int | None = None, messages: int | None = None
    ) -> Person:
        """Set limits: None leaves one as it is, 0 takes it away."""
        limits = [None if limit is None else _quota(limit) for limit in (octets, messages)]
        return await self._store.writer.run(accounts.change_quota, typed_address(address), *limits)

    async def disable(self, address: str) -> Person:
        """Shut an account: sessions end, nobody signs in; its mail still comes in."""
        state = accounts.DISABLED
        return await self._store.writer.run(accounts.change_state, typed_address(address), state)

    async def enable(self, address: str) -> Person:
        """Open a shut account again."""
        state = accounts.ACTIVE
        return await self._store.writer.run(accounts.change_state, typed_address(address), state)

    async def role(self, address: str, role: str) -> Person:
        """Make somebody admin, domain-admin or user."""
        return await self._store.writer.run(
            accounts.change_role, typed_address(address), _role(role)
        )

    async def add_address(self, address: str, further: str) -> Person:
        """Give an account a further address."""
        return await self._store.writer.run(
            accounts.add_account_address, typed_address(address), typed_address(further)
        )

    async def remove_address(self, further: str) -> Person:
        """Take a further address from its account."""
        return await self._store.writer.run(accounts.remove_account_address, typed_address(further))

    async def remove(self, address: str) -> None:
        """Remove an account at once, and then its mail, for good and in bounded steps.

        Should the process end in between, `People.finish_removals` goes on with it.
        """
        number = await self._store.writer.run(accounts.retire_account, typed_address(address))
        await self.drop_mail(number)

    async def drop_mail(self, number: int) -> None:
        """Drop all mail of a retired account."""
        while await self._store.writer.run(removal.drop_some_mail, number):
            pass

    async def _kept(self, name: str, password: str, foreign: str) -> Hashed:
        """What is kept of a password; of a foreign hash, itself until its owner signs in."""
        return Hashed(read_hash(foreign), "") if foreign else await self._hashed(name, password)

    async def _hashed(self, name: str, password: str) -> Hashed:
        try:
            octets = len(password.encode())
        except UnicodeEncodeError:
            raise Refused("The password is no text that UTF-8 can write") from None
        if not 0 < octets <= self._limits.password_octets or "\0" in password:
            raise Refused(
                f"A password has 1 to {self._limits.password_octets} octets, and no NUL among them"
            )
        return await self._hashes.run(hashed, self._store.seal, name, password)


class Apps:
    """Looks after app passwords, and after the capabilities that somebody does not see."""

    def __init__(self, store: Store, hashes: Runs) -> None:
        self._passwords = AppPasswords(store, hashes)

    async def add(
        self, address: str, name: str, scopes: Sequence[str] = (), expires: int = 0
    ) -> str:
        """Make an app password, and return it; `expires` in seconds of UTC, 0: never."""
        return await self._passwords.add(typed_address(address), name, scopes, expires)

    async def all(self, address: str) -> list[AppPassword]:
        """All app passwords of an account."""
        return await self._passwords.all(typed_address(address))

    async def remove(self, address: str, name: str) -> None:
        """Take an app password back; the account's sessions end."""
        await self._passwords.remove(typed_address(address), name)

    async def hide(
        self, address: str, app: str, *, hide: Sequence[str] = (), show: Sequence[str] = ()
    ) -> str:
        """Hide capabilities, or show them again; the account's sessions end."""
        return await self._passwords.hide(typed_address(address), app, hide=hide, show=show)


class People:
    """Everybody that the host knows. `hashes`: `Inline` where no reactor runs."""

    def __init__(self, store: Store, hashes: Runs, limits: Limits | None = None) -> None:
        self._store = store
        self.domains = Domains(store)
        self.recipients = Recipients(store)
        self.accounts = Accounts(store, hashes, limits or Limits())
        self.aliases = Aliases(store)
        self.masks = Masks(store)
        self.senders = Senders(store)
        self.rights = Rights(store)
        self.apps = Apps(store, hashes)
        self.one_time = OneTime(store)

    async def finish_removals(self) -> None:
        """Drop the mail of accounts whose removal was cut short: the server calls it at start."""
        for number in await self._store.readers.run(removal.list_retired):
            await self.accounts.drop_mail(number)


def _host(text: str) -> str:
    """HOST or HOST:PORT, for the relay to connect to."""
    if not _HOST.fullmatch(text):
        raise Refused(f'"{text}" is no host: a name or an address, perhaps with :PORT')
    return text.lower()


def _target(text: str) -> str:
    """A target as it is kept: its local part as it was typed, for hosts that tell case apart."""
    canonical = typed_address(text)
    return str(Address(Address.parse(text).localpart, canonical.domain))


def _alias(text: str) -> Address:
    if text.startswith(("@", "*@")):
        return Address(addresses.CATCH_ALL, typed_domain(text.partition("@")[2]))
    return typed_address(text)


def _role(role: str) -> str:
    if role not in accounts.ROLES:
        raise Refused(f'"{role}" is no role: it is one of {", ".join(accounts.ROLES)}')
    return role


def _quota(limit: int) -> int:
    if not 0 <= limit <= MOST:
        raise Refused("A quota is a number from 0, which means none, up")
    return limit
