"""What a door knows of a message beside its octets (RFC 5321 §2.3.1, RFC 3461 §4)."""

from enum import Enum

from attrs import define, field, frozen

from mailsuite.intake.ports import Account, Resolution
from mailsuite.message.addresses import Address
from mailsuite.message.reputation import UNKNOWN, Reputation
from mailsuite.message.terms import NO_TERMS, Terms
from mailsuite.store.queue_scheduled import Ended
from mailsuite.wire.link import Peer, Tls


class Kind(Enum):
    """How a message came, and so what is asked of it."""

    MX = "mx"  # from another host, for people here
    LOCAL = "local"  # from a mail transfer agent before us, by LMTP, for people here
    SUBMISSION = "submission"  # from a signed-in account, for anybody
    RELEASED = "released"  # submitted before, at its time now (RFC 4865)
    OWN = "own"  # made here: reports, warnings


@frozen
class Recipient:
    """One recipient that was accepted, and where its address leads."""

    address: Address
    resolution: Resolution
    notify: frozenset[str] = frozenset()  # NEVER | SUCCESS FAILURE DELAY (RFC 3461 §4.1)
    orcpt: str = ""  # "rfc822;address", decoded (RFC 3461 §4.2)


@define
class Envelope:
    """One mail transaction."""

    reverse_path: Address | None = None  # None: the null sender
    recipients: list[Recipient] = field(factory=list)
    ret: str = ""  # FULL | HDRS | empty (RFC 3461 §4.3)
    envid: str = ""  # decoded (RFC 3461 §4.4)
    body: str = "7BIT"  # | 8BITMIME | BINARYMIME
    smtputf8: bool = False
    declared_octets: int | None = None  # SIZE= (RFC 1870)
    terms: Terms = NO_TERMS
    priority_given: bool = False  # MT-PRIORITY= was there: a header field counts no more
    # Canonical: to whom the account that submits has not written before.
    strangers: set[str] = field(factory=set)
    reputation: Reputation = UNKNOWN  # what the door found out about its source
    answer: tuple[str, str] = ("2.1.0", "Ok")  # what MAIL is answered with


@frozen
class Source:
    """Where a message came from: what its Received field tells."""

    kind: Kind
    peer: Peer
    helo: str
    protocol: str  # SMTP, ESMTP, ESMTPS, ESMTPA, ESMTPSA, UTF8SMTP… (RFC 3848, RFC 6531 §4.3)
    tls: Tls | None
    account: Account | None  # for SUBMISSION
    trace: str  # its id in every log line and in Received
    instead_of: Ended | None = None  # what has its end with it, in the same transaction
    reputation: Reputation = UNKNOWN  # what the door found out about it
    overdraft: int = 0  # octets that it may go beyond a quota


@frozen
class Accepted:
    """The message is on disk and ours to deliver."""

    trace: str  # told to the client in the 250, and findable in the story of events
