"""What mailboxes need from their neighbours."""

from collections.abc import Awaitable
from typing import Protocol

from mailsuite.store.mailboxes import MailboxRow
from mailsuite.store.rights import Right


class Owner(Protocol):
    """Whose mailboxes they are (`directory.Account`)."""

    @property
    def id(self) -> int:
        """The account's id."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether who has signed in may change nothing."""
        ...


class Finds(Protocol):
    """How a name becomes a mailbox (`AccountMailboxes.find`)."""

    def __call__(self, name: str, needed: Right) -> Awaitable[MailboxRow]:
        """The mailbox, if these rights are there; raises `NoSuchMailbox` or `NotPermitted`."""
        ...
