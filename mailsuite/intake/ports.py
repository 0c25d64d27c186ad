"""What the intake needs of its neighbours, by name; the front door hands it in."""

import mmap
from collections.abc import Sequence
from typing import Any, Protocol

from mailsuite.message.addresses import Address
from mailsuite.message.judgement import Arrival, Judgement
from mailsuite.wire.link import Peer


class Account(Protocol):
    """Who signed in (`directory.Account`)."""

    @property
    def id(self) -> int:
        """Its id in the store."""
        ...

    @property
    def name(self) -> str:
        """Its first address, canonical."""
        ...


class Inbox(Protocol):
    """One account that mail goes to (`directory.Inbox`)."""

    @property
    def account_id(self) -> int:
        """Its id in the store."""
        ...

    @property
    def name(self) -> str:
        """Its first address, canonical."""
        ...

    @property
    def octets_left(self) -> int | None:
        """Room that it has; None: no limit."""
        ...

    @property
    def messages_left(self) -> int | None:
        """Likewise."""
        ...

    @property
    def quota_octets(self) -> int:
        """What it may keep; 0: no limit."""
        ...

    @property
    def quota_messages(self) -> int:
        """Likewise."""
        ...


class Quotas(Protocol):
    """Who looks at how full mailboxes are (`mailbox.quota_warnings`)."""

    def delivered(self, inbox: Inbox, octets: int) -> None:
        """A message of so many octets has come to an account with a quota; must not block."""


class Resolution(Protocol):
    """Where an address leads (`directory.Resolution`)."""

    @property
    def ours(self) -> bool:
        """Whether its domain is ours."""
        ...

    @property
    def accounts(self) -> Sequence[Inbox]:
        """Accounts here, without doubles."""
        ...

    @property
    def onward(self) -> Sequence[Address]:
        """Addresses elsewhere that an alias leads to."""
        ...

    @property
    def backup(self) -> bool:
        """Whether it is taken in for the host that has its mailbox."""
        ...


class Signed(Protocol):
    """What a signature adds to a message."""

    @property
    def fields(self) -> bytes:
        """Whole fields, to be written above all others."""
        ...

    @property
    def body_hash(self) -> bytes:
        """What the copies of one signed message have in common."""
        ...


class Signer(Protocol):
    """The keys of our domains (`trust.dkim.keyring.Keyring`)."""

    async def keys_of(self, domain: str) -> Sequence[Any]:
        """Those that sign what is from this canonical domain; none: nothing signs it."""
        ...

    def sign(
        self, header: bytes, octets: bytes | mmap.mmap, body_at: int, keys: Sequence[Any], now: int
    ) -> Signed:
        """Sign a message whose header is about to leave like this. Blocks: in a pool."""
        ...

    def admit(self, body_hash: bytes, recipients: int) -> None:
        """Count so many copies that are about to leave.

        Raises:
            SentTooOften: it were too many for a day; nothing was counted.
        """


class Judge(Protocol):
    """Who judges what other hosts bring (`trust.judge.Trust`, `spam.judge.Spam`)."""

    def concerns(self, peer: Peer, kind: str) -> bool:
        """Whether mail of that `envelope.Kind` value from there is judged: a cheap question."""
        ...

    def read(self, arrival: Arrival, octets: bytes | mmap.mmap) -> Any:
        """Whatever takes time, from the octets as they came. In a pool; never raises."""
        ...

    async def judge(self, arrival: Arrival, evidence: Any, so_far: Judgement) -> Judgement:
        """Add to the judgement. Its refusal is the last word: nothing is stored."""
        ...


class Directory(Protocol):
    """People and their addresses (`directory.Directory`)."""

    async def resolve(self, address: Address) -> Resolution:
        """Where mail for it goes. Raises `NoSuchUser` in our own domains."""
        ...

    async def owns(self, account: Account, address: Address) -> bool:
        """Whether the account may send as the address."""
        ...
