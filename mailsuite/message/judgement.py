"""What judges are told of a message that arrives, and what they say of it.

Rooms that judge (`trust`, `repute`, `spam`) do not know each other: each is handed the judgement so
far and adds to it. The intake acts on the last one.
"""

from collections.abc import Mapping

from attrs import field, frozen

from mailsuite.errors import MailError
from mailsuite.message.addresses import Address
from mailsuite.message.reputation import UNKNOWN, Reputation


@frozen
class Result:
    """What one method of authentication found out (a resinfo of RFC 8601 §2.2)."""

    method: str  # spf | dkim | dmarc | arc | iprev …: a name of the IANA registry
    word: str  # pass | fail | none …, in lower case (RFC 8601 §2.7)
    reason: str = ""  # a sentence for people, without a final dot; any characters
    # ("smtp.mailfrom", "a@b.example"): ptype.property and its value, in the order written
    properties: tuple[tuple[str, str], ...] = ()


@frozen
class Arrival:
    """One message from another host, as a judge sees it beside its octets."""

    peer: str  # the client's IP address as text
    helo: str  # what it called itself
    reverse_path: Address | None  # None: the null sender
    recipients: tuple[Address, ...] = ()  # as they were named
    accounts: tuple[int, ...] = ()  # who gets a copy
    trace: str = ""
    now: int = 0  # seconds UTC
    reputation: Reputation = UNKNOWN  # what the door found out before the message came


@frozen
class Copy:
    """What is different for one account: its own threshold, its own score."""

    fields: bytes = b""
    junk: tuple[str, ...] = ()


@frozen
class Judgement:
    """All that was found out about one message, and what follows from it."""

    results: tuple[Result, ...] = ()
    fields: bytes = b""  # whole fields with their CRLF, written above Received in every copy
    refusal: MailError | None = None  # what the sender is answered instead of 250
    junk: tuple[str, ...] = ()  # why it goes into \Junk, a sentence each; empty: into INBOX
    story: tuple[tuple[str, str], ...] = ()  # kind and words: rows of the message's story
    copies: Mapping[int, Copy] = field(factory=dict)  # by account id, beside what holds for all

    def result_of(self, method: str) -> Result | None:
        """The first result of a method; None where it was not looked at."""
        return next((found for found in self.results if found.method == method), None)

    def copy_for(self, account_id: int) -> Copy:
        """Fields and reasons for one account's copy, those that hold for all in them."""
        own = self.copies.get(account_id)
        if own is None:
            return Copy(self.fields, self.junk)
        return Copy(self.fields + own.fields, (*self.junk, *own.junk))


UNJUDGED = Judgement()
