"""People whom another directory knows: asked in a pool of its own, remembered for a while.

Accounts of theirs are rows here (`mailsuite.store.outside`). When the source does not answer,
nothing is said of anybody: signing in and unknown addresses fail for now.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import define, field
from twisted.logger import Logger

from mailsuite.directory.passwords import verify_password
from mailsuite.errors import NoSuchThing, SignInUnavailable, Unavailable
from mailsuite.message.addresses import Address
from mailsuite.store.opening import Store
from mailsuite.store.outside import Known, adopt, is_adopted, stands, vanish
from mailsuite.wire.pools import Runs

KNOWN_SECONDS = 300.0  # that somebody is believed to be there
UNKNOWN_SECONDS = 60.0  # ... and not to be
REMEMBERED = 10_000


class Source(Protocol):
    """Another directory. Calls block; each raises `SourceDown` (an `Unavailable`)."""

    def find(self, at: Address) -> Known | None:
        """Who has a canonical address."""
        ...

    def check(self, at: Address, password: str) -> bool:
        """Whether the password is theirs."""
        ...

    def aliases(self, at: Address) -> list[str]:
        """The addresses that an alias there leads to."""
        ...

    def close(self) -> None:
        """Give back what it holds."""


class KeepsHashes(Protocol):
    """A source that tells hashes instead of checking passwords."""

    def find(self, at: Address) -> Known | None:
        """Who has a canonical address."""
        ...

    def secret(self, at: Address) -> str | None:
        """The hash of their password."""
        ...

    def aliases(self, at: Address) -> list[str]:
        """The addresses that an alias there leads to."""
        ...

    def close(self) -> None:
        """Give back what it holds."""


@define
class Hashed:
    """A source of hashes, which are compared here."""

    hashes: KeepsHashes

    def find(self, at: Address) -> Known | None:
        """See `Source`."""
        return self.hashes.find(at)

    def check(self, at: Address, password: str) -> bool:
        """See `Source`; a hash of a kind that is not known is nobody's."""
        secret = self.hashes.secret(at)
        try:
            return secret is not None and verify_password(secret, password)
        except ValueError:
            return False

    def aliases(self, at: Address) -> list[str]:
        """See `Source`."""
        return self.hashes.aliases(at)

    def close(self) -> None:
        """See `Source`."""
        self.hashes.close()


@define
class Outside:
    """What the directory asks of a source. All calls are on the reactor thread.

    Attributes:
        name: of the source, for the rows of its accounts.
        domains: whose people it knows; in no other domain is it asked.
    """

    name: str
    source: Source
    domains: frozenset[str]
    _store: Store
    _runs: Runs
    _seconds: Callable[[], float]
    _asked: OrderedDict[Address, float] = field(factory=OrderedDict, init=False)
    log = Logger()

    def covers(self, at: Address) -> bool:
        """Whether the source is asked about a canonical address."""
        return at.domain in self.domains

    async def admit(self, at: Address) -> None:
        """Make sure that the rows here are as the source has it.

        Raises:
            Unavailable: it does not answer, and nobody of that address is known here.
        """
        base = at.without_subaddress
        if self._asked.get(base, 0.0) > self._seconds():
            return
        try:
            known: Known | None = await self._runs.run(self.source.find, base)
        except Unavailable as error:
            self.log.warn("the directory {name} does not answer: {why}", name=self.name, why=error)
            if await self._store.readers.run(stands, base):
                return  # mail is taken in for whoever was there
            raise
        if known is None:
            await self._gone(base)
        else:
            await self._there(base, known)

    async def check(self, name: str, password: str) -> bool:
        """Whether the password is the account's. Raises `SignInUnavailable`."""
        try:
            right: bool = await self._runs.run(self.source.check, Address.parse(name), password)
        except Unavailable as error:
            raise SignInUnavailable from error
        return right

    async def aliases(self, at: Address) -> Sequence[Address]:
        """Where an alias of the source leads, without what is no address."""
        found: list[str] = await self._runs.run(self.source.aliases, at)
        return [Address.parse(each) for each in found]

    async def _there(self, base: Address, known: Known) -> None:
        try:
            if not await self._store.readers.run(is_adopted, base, known):
                await self._store.writer.run(adopt, self.name, base, known)
        except NoSuchThing as error:
            self.log.warn("{name} has {who}: {why}", name=self.name, who=base, why=error)
        self._remember(base, KNOWN_SECONDS)

    async def _gone(self, base: Address) -> None:
        if await self._store.readers.run(stands, base):
            await self._store.writer.run(vanish, base)
        self._remember(base, UNKNOWN_SECONDS)

    def _remember(self, base: Address, seconds: float) -> None:
        self._asked[base] = self._seconds() + seconds
        self._asked.move_to_end(base)
        if len(self._asked) > REMEMBERED:
            self._asked.popitem(last=False)
