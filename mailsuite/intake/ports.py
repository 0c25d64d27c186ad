"""What the intake needs of its neighbours, by name; the front door hands it in."""

from collections.abc import Sequence
from typing import Protocol

from mailsuite.message.addresses import Address


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


class Directory(Protocol):
    """People and their addresses (`directory.Directory`)."""

    async def resolve(self, address: Address) -> Resolution:
        """Where mail for it goes. Raises `NoSuchUser` in our own domains."""
        ...

    async def owns(self, account: Account, address: Address) -> bool:
        """Whether the account may send as the address."""
        ...
