"""What the keeper of the door needs of its neighbours, by name; the front door hands it in."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from mailsuite.message.addresses import Address
from mailsuite.message.reputation import SpfOutcome
from mailsuite.wire.link import Peer


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


# Whether a client may send for a sender (`trust.Trust.spf_ahead`), by a budget of questions, its
# address, what it called itself and the reverse-path; None: such mail is not checked.
ChecksSpf = Callable[[Any, Peer, str, Address | None], Coroutine[Any, Any, SpfOutcome | None]]


class Asks(Protocol):
    """The DNS client, as budgets ask it (`dns.Dns`)."""

    def knows(self, name: str, kind: str) -> bool:
        """Whether the cache has the outcome."""
        ...

    async def query(self, name: str, kind: str) -> Any:
        """The records of a name and type."""
        ...
