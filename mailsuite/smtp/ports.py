"""What SMTP needs of the services, by name; the front door hands it in."""

import time
from collections.abc import Awaitable, Callable, Sequence
from enum import Flag, auto
from typing import Any, Protocol

from attrs import field, frozen

from mailsuite.directory.identity import Account, Resolution
from mailsuite.directory.sasl.exchange import Exchange
from mailsuite.errors import MailError
from mailsuite.intake.envelope import Accepted, Envelope, Kind, Recipient, Source
from mailsuite.message.addresses import Address
from mailsuite.repute.keeper import Keeper
from mailsuite.repute.visit import Visit
from mailsuite.smtp.engine import Engine
from mailsuite.smtp.sources import Rates, SignedIn, Sources
from mailsuite.smtp.transaction import Spool, Transaction
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Link, Network, Peer

__all__ = [
    "Accepted", "Account", "Envelope", "Kind", "Peer", "Recipient", "Resolution",
    "Services", "Session", "Source", "Spool", "State",
]  # fmt: skip


class Directory(Protocol):
    """People: whose an address is, and who is signing in."""

    async def resolve(self, address: Address) -> Resolution:
        """Return where mail for the address goes. Raises `NoSuchUser` in our own domains."""
        ...

    def mechanisms(self, link: Link) -> tuple[str, ...]:
        """Return the SASL mechanisms that are offered on a connection, the best first."""
        ...

    def begin(self, mechanism: str, link: Link, door: str) -> Exchange | None:
        """Return a new exchange; None: the mechanism is not offered there."""
        ...

    async def owns(self, account: Account, address: Address) -> bool:
        """Tell whether the account may send as this address."""
        ...

    def on_account(self, account: Account, ended: Callable[[], None]) -> Callable[[], None]:
        """Call `ended` when the account's sessions must end; returns what stops the watch."""
        ...


class Intake(Protocol):
    """What happens to a message between the end of data and the store."""

    def spool(self) -> Spool:
        """Return an empty spool."""
        ...

    async def accept_each(
        self, source: Source, envelope: Envelope, spool: Any
    ) -> list[Accepted | MailError]:
        """The same with an outcome for each recipient of the envelope (RFC 2033 §4.2)."""
        ...

    async def scheduled(self, account: Account) -> int:
        """How many messages of the account wait for their time."""
        ...

    async def accept(self, source: Source, envelope: Envelope, spool: Any) -> Accepted:
        """Take responsibility for the message; it is on disk when this returns.

        Ends by itself within `Limits.smtp_reply_seconds`, unless the store has the message in
        hand already: then it waits for the store, since a message answered 451 and stored all
        the same would be sent twice (RFC 1047).
        """
        ...


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
    clock: Callable[[], float] = time.time  # seconds UTC
    plaintext_from: Sequence[Network] = ()  # may sign in without TLS
    trusted: Sequence[Network] = ()  # not counted or slowed
    keeper: Keeper | None = field(default=None, repr=False)  # limits, DNS lists, greylisting


class State(Flag):
    """How far a client has come (RFC 5321 §4.1.4)."""

    NEW = auto()  # no EHLO or HELO yet
    READY = auto()  # between transactions
    SENDER = auto()  # MAIL was accepted
    RECIPIENTS = auto()  # at least one RCPT was accepted
    CHUNKS = auto()  # a BDAT that was not the last was accepted (RFC 3030 §2)

    ANY = NEW | READY | SENDER | RECIPIENTS | CHUNKS
    GREETED = READY | SENDER | RECIPIENTS | CHUNKS


Response = Callable[[bytes], Awaitable[bytes]]
AtEnd = Callable[[], Awaitable[bytes]]


class Session(Protocol):
    """One connection, as a command sees it."""

    link: Link
    limits: Limits
    services: Services
    engine: Engine
    kind: Kind
    state: State
    helo: str
    extended: bool  # EHLO, not HELO
    account: Account | None
    transaction: Transaction | None
    respond: Response | None  # takes the next line, instead of the table
    at_end: AtEnd | None  # answers the end of DATA or of a chunk
    unknown_recipients: int
    messages: int  # whose end of data has come
    about_message: str  # whose message was refused at its end
    visit: Visit | None  # what is found out about another host's source
    closed: bool

    @property
    def trusted(self) -> bool:
        """True for a peer of `[inbound] trusted`."""
        ...

    @property
    def private(self) -> bool:
        """True when a password may be told here."""
        ...

    def part(self, octets: bytes) -> None:
        """Say a last word and close."""

    def reset(self) -> None:
        """End the transaction, whatever came of it."""

    def offended(self) -> None:
        """Count against the client's network."""

    def sign_in(self, account: Account) -> None:
        """Keep the account, and end when it may no longer be used."""

    async def finish(self) -> bytes:
        """Hand the message over; its reply says that it is on disk. Raises `MailError`."""
        ...

    def source(self) -> Source:
        """Return where the message in hand comes from, with a trace id of its own."""
        ...

    def words(self, error: Exception) -> bytes:
        """Return an error's reply, by the one table."""
        ...

    def warn(self, event: str, **fields: str) -> None:
        """Write a line to the log that the operator should see."""
