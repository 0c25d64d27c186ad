"""One mail transaction: its envelope, and its octets as they come in (RFC 5321 §3.3)."""

from typing import Protocol

from attrs import define, field

from mailsuite.errors import BadMessage, MailError, MessageTooBig
from mailsuite.intake.envelope import Envelope, Recipient
from mailsuite.message.addresses import Address
from mailsuite.smtp.engine import Newlines
from mailsuite.smtp.grammar import Refusal
from mailsuite.wire.limits import Limits

MADE_OF_LINES = ("7BIT", "8BITMIME")


class LineTooLong(BadMessage):
    """A line of the message is longer than any mail program makes them."""


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


@define
class Transaction:
    """From MAIL to the reply to the end of data."""

    envelope: Envelope
    limits: Limits
    spool: Spool | None = None
    accepted: list[Address] = field(factory=list)  # of each RCPT that was, in order
    octets: int = 0
    failed: MailError | None = None  # what the end of data is answered with
    newlines: Newlines = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.newlines = Newlines(self.limits.smtp_text_line_octets)

    @property
    def excessive(self) -> bool:
        """True when twice the limit has come in, whatever was said about it."""
        return self.octets > 2 * self.limits.message_octets

    def recipient(self, recipient: Recipient) -> None:
        """Add a recipient; one given twice counts once, with its last parameters."""
        self.accepted.append(recipient.address)
        others = [r for r in self.envelope.recipients if r.address != recipient.address]
        self.envelope.recipients[:] = [*others, recipient]

    async def take(self, octets: bytes) -> None:
        """Keep a piece; after a failure it is only counted."""
        self.octets += len(octets)
        if self.failed is not None:
            return
        if self.octets > self.limits.message_octets:
            self.fail(MessageTooBig())
            return
        if self.envelope.body in MADE_OF_LINES:
            self.newlines.look(octets)
            if self.newlines.too_long:
                self.fail(LineTooLong())
                return
        assert self.spool is not None
        try:
            await self.spool.append(octets)
        except MailError as error:
            self.fail(error)

    def fail(self, error: MailError) -> None:
        """Keep nothing of the message; the end of data is still waited for."""
        self.failed = error
        self.discard()

    def check(self) -> None:
        """Look at the whole.

        Raises:
            MailError: it cannot be taken.
        """
        if self.failed is not None:
            raise self.failed
        if self.newlines.bare:
            raise BadMessage

    def discard(self) -> None:
        """Free what was kept."""
        if self.spool is not None:
            self.spool.discard()


def nothing_to_do() -> Refusal:
    """Return the refusal of DATA or BDAT without a transaction (RFC 5321 §4.1.1.4)."""
    return Refusal(503, "5.5.1", "MAIL and RCPT come first")
