"""What the keeper of the door needs of its neighbours, by name; the front door hands it in."""

from typing import Any, Protocol


class Reports(Protocol):
    """Who stores a message of our own making (`intake.Intake`)."""

    async def report(self, recipient: str, message: bytes, trace: str) -> None:
        """Store or queue it, from the null sender. Raises `MailError`."""


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


class Asks(Protocol):
    """The DNS client, as budgets ask it (`dns.Dns`)."""

    def knows(self, name: str, kind: str) -> bool:
        """Whether the cache has the outcome."""
        ...

    async def query(self, name: str, kind: str) -> Any:
        """The records of a name and type."""
        ...
