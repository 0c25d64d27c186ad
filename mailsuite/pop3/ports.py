"""What POP3 needs of the services, by name; the front door hands it in."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from enum import Flag, auto
from typing import Protocol

from attrs import field, frozen

from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.sasl.exchange import Exchange
from mailsuite.message.surrogate import Spelling
from mailsuite.pop3.engine import Engine
from mailsuite.wire.buckets import Buckets, LocalBuckets
from mailsuite.wire.languages import Language
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Link, Network, Peer

__all__ = [
    "Account", "Credentials", "Directory", "Maildrop", "Maildrops", "Services", "Session",
    "Spelling", "State",
]  # fmt: skip


class Directory(Protocol):
    """Who is signing in."""

    async def sign_in(self, credentials: Credentials, peer: Peer, door: str) -> Account:
        """Return the account. Raises `AuthenticationFailed`, `SignInThrottled`, `Unavailable`."""
        ...

    def mechanisms(self, link: Link) -> tuple[str, ...]:
        """Return the SASL mechanisms that are offered on a connection, the best first."""
        ...

    def begin(self, mechanism: str, link: Link, door: str) -> Exchange | None:
        """Return a new exchange; None: the mechanism is not offered there."""
        ...

    def on_account(self, account: Account, ended: Callable[[], None]) -> Callable[[], None]:
        """Call `ended` when the account's sessions must end; returns what stops the watch."""
        ...


class Maildrop(Protocol):
    """One session's messages (`mailsuite.mailbox.maildrop`)."""

    @property
    def count(self) -> int:
        """Messages that are not marked as deleted."""
        ...

    @property
    def octets(self) -> int:
        """Their octets together."""
        ...

    def numbers(self) -> Iterator[int]:
        """The numbers of messages that are not marked as deleted."""
        ...

    def has(self, number: int) -> bool:
        """Whether there is a message of that number, not marked as deleted."""
        ...

    def size(self, number: int) -> int:
        """Its octets."""
        ...

    def uidl(self, number: int) -> int:
        """Its own id for ever."""
        ...

    def delete(self, number: int) -> None:
        """Mark it."""

    def undelete_all(self) -> None:
        """Take every mark away."""

    def read(self, number: int) -> AsyncGenerator[bytes, None]:
        """The whole message, in pieces; close it when it is not read to its end."""
        ...

    def top(self, number: int, lines: int) -> AsyncGenerator[bytes, None]:
        """Its header and so many lines of its body, likewise."""
        ...

    async def commit(self) -> None:
        """Remove what is marked, all or nothing."""

    def release(self) -> None:
        """Let the next session in."""


class Maildrops(Protocol):
    """Opens maildrops."""

    async def open(self, account: Account, spelling: Spelling) -> Maildrop:
        """Take the account's maildrop. Raises `MailboxInUse`."""
        ...


@frozen
class Services:
    """What a session is made from.

    Attributes:
        plaintext_from: networks that may sign in without TLS.
        starts_tls: whether STLS can be offered: there is a certificate.
        buckets: where it is counted how often an account signs in, over all workers.
    """

    hostname: str
    directory: Directory
    maildrops: Maildrops
    limits: Limits = field(factory=Limits)
    plaintext_from: tuple[Network, ...] = ()
    starts_tls: bool = True
    buckets: Buckets = field(factory=LocalBuckets)


class State(Flag):
    """How far a session has come (RFC 1939 §3)."""

    AUTHORIZATION = auto()
    TRANSACTION = auto()

    ANY = AUTHORIZATION | TRANSACTION


Response = Callable[[bytes], Awaitable[bytes]]


class Session(Protocol):
    """One connection, as a command sees it."""

    link: Link
    services: Services
    engine: Engine
    state: State
    spelling: Spelling  # of header fields
    language: Language
    user: str | None  # what USER said
    respond: Response | None  # takes the next line, instead of the table

    @property
    def maildrop(self) -> Maildrop:
        """The maildrop; it is there in TRANSACTION state."""
        ...

    def hides(self, capability: bytes) -> bool:
        """Whether the account that is signed in does not see it."""
        ...

    def said(self, answer: bytes) -> bytes:
        """An answer whose first line is for people, in their language."""
        ...

    @property
    def private(self) -> bool:
        """True when a password may be told here."""
        ...

    def require_privacy(self) -> None:
        """Refuse to hear a password in clear. Raises `PrivacyRequired`."""

    def message(self, number: int) -> int:
        """Check a message's number. Raises `Refusal`."""
        ...

    async def sign_in(self, credentials: Credentials) -> bytes:
        """Sign in by a password, and `enter`. Raises `MailError`."""
        ...

    async def enter(self, account: Account) -> bytes:
        """Take the maildrop; the greeting of TRANSACTION state. Raises `MailError`."""
        ...

    def part(self) -> None:
        """Close after the answer to this command, whatever it will be."""

    async def send(self, pieces: Iterable[bytes]) -> None:
        """Write a long answer as fast as its reader takes it."""

    async def send_message(self, first: bytes, pieces: AsyncGenerator[bytes, None]) -> None:
        """Write a message behind its first line. Raises `MailError` before anything is written."""

    def warn(self, event: str, **fields: str) -> None:
        """Write a line to the log that the operator should see."""
