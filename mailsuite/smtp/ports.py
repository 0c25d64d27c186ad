"""What SMTP needs of the services, by name; the front door hands it in."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Protocol

from attrs import field, frozen

from mailsuite.directory.identity import Account, Credentials, Resolution
from mailsuite.intake.envelope import Accepted, Envelope, Kind, Recipient, Source
from mailsuite.message.addresses import Address
from mailsuite.smtp.sources import Rates, SignedIn, Sources
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer

__all__ = [
    "Accepted", "Account", "Credentials", "Envelope", "Kind", "Peer", "Recipient", "Resolution",
    "Services", "Source",
]  # fmt: skip


class Directory(Protocol):
    """People: whose an address is, and who is signing in."""

    async def resolve(self, address: Address) -> Resolution:
        """Return where mail for the address goes. Raises `NoSuchUser` in our own domains."""
        ...

    async def sign_in(self, credentials: Credentials, peer: Peer, door: str) -> Account:
        """Return the account. Raises `AuthenticationFailed`, `SignInThrottled`, `Unavailable`."""
        ...

    async def owns(self, account: Account, address: Address) -> bool:
        """Tell whether the account may send as this address."""
        ...

    def on_account(self, account: Account, ended: Callable[[], None]) -> Callable[[], None]:
        """Call `ended` when the account's sessions must end; returns what stops the watch."""
        ...


class Spool(Protocol):
    """Keeps a message while it comes in: in memory, then in an unlinked file."""

    @property
    def size(self) -> int:
        """Octets so far."""
        ...

    async def append(self, octets: bytes) -> None:
        """Keep more. Raises `StoreFull`."""

    def discard(self) -> None:
        """Forget it all; harmless when done twice."""


class Intake(Protocol):
    """What happens to a message between the end of data and the store."""

    def spool(self) -> Spool:
        """Return an empty spool."""
        ...

    async def accept(self, source: Source, envelope: Envelope, spool: Any) -> Accepted:
        """Take responsibility for the message; it is on disk when this returns.

        Ends by itself within `Limits.smtp_reply_seconds`, unless the store has the message in
        hand already: then it waits for the store, since a message answered 451 and stored all
        the same would be sent twice (RFC 1047).
        """
        ...


Network = IPv4Network | IPv6Network


@frozen
class Services:
    """All that a session is given."""

    hostname: str
    limits: Limits
    directory: Directory
    intake: Intake
    sources: Sources = field(repr=False)
    rates: Rates = field(repr=False)
    signed_in: SignedIn = field(repr=False)
    tls: bool = True  # a handshake can be offered
    plaintext_from: Sequence[Network] = ()  # may sign in without TLS
    trusted: Sequence[Network] = ()  # not counted or slowed
