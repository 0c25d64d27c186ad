"""A message on its walk through the stages."""

import mmap
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, field, frozen

from mailsuite.intake.envelope import Envelope, Source
from mailsuite.intake.ports import Signer
from mailsuite.message.addresses import Address
from mailsuite.message.header import header_length
from mailsuite.message.terms import Terms
from mailsuite.store.events import Event
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Network

PIECE = 256 * 1024  # octets of a mapped file that are looked at at once

TOLD = 50  # sentences that the stages may add to a story

Octets = bytes | mmap.mmap


@frozen
class Marks:
    """By what the host knows fields of its own making."""

    authserv_id: str = ""  # canonical; empty: the host's name
    trusted: tuple[Network, ...] = ()  # relays of our own, whose fields are kept


@frozen
class House:
    """What the stages know of this host."""

    hostname: str
    limits: Limits
    marks: Marks = Marks()


@define
class Signing:
    """With what a message that leaves may be signed."""

    signer: Signer
    keys: dict[str, Sequence[Any]]  # by the domain of From, as far as they were read
    missing: str = ""  # the domain of From, when its keys were not

    @property
    def is_sure(self) -> bool:
        """Whether anything that was read signs."""
        return any(self.keys.values())


@define
class Letter:
    """One message: stages read it, refuse it by raising, or change its header."""

    house: House
    source: Source
    envelope: Envelope
    octets: Octets  # as they came
    now: int  # seconds UTC
    random: bytes  # for a Message-ID
    header: bytes = field(init=False)
    body_at: int = field(init=False)
    received: bytes = b""  # the trace field that every copy carries
    eightbit: bool = False
    claimed: list[Address] = field(factory=list)  # who the message says it is from
    signing: Signing | None = None  # None: it is not signed
    body_hash: bytes = b""  # of what was signed
    terms: Terms = field(init=False)  # the envelope's, and what the header asks for
    told: list[Event] = field(factory=list)  # what its story tells beside "accepted"

    def __attrs_post_init__(self) -> None:
        self.terms = self.envelope.terms
        self.replace(self.octets)

    def replace(self, octets: Octets) -> None:
        """Go on with other octets."""
        self.octets = octets
        head = self.octets[: self.house.limits.header_octets + 4]
        self.body_at = header_length(head)
        self.header = head[: self.body_at]

    def tell(self, kind: str, words: str, who: str = "") -> None:
        """Add a sentence to the message's story: a decision, with its reason for people.

        It is written with the message. Addresses and message-ids in it are found by
        `mailsuite message trace`.
        """
        if len(self.told) < TOLD:
            self.told.append(Event(kind, who, words))

    def mentions(self, name: bytes) -> int:
        """How many lines of the header begin with the name (lower case): never less than fields.

        A hundred times quicker than looking at each field, and nearly always 0.
        """
        return (b"\r\n" + self.header.lower()).count(b"\r\n" + name)

    @property
    def is_edited(self) -> bool:
        """Whether a stage has changed the header."""
        return self.header != self.octets[: self.body_at]

    def final(self) -> Octets:
        """The octets that are stored: what came, with the header that the stages left."""
        return self.header + self.octets[self.body_at :] if self.is_edited else self.octets

    def pieces(self) -> Iterator[bytes]:
        """What came, in pieces that cut no CRLF in two."""
        octets, at, end = self.octets, 0, len(self.octets)
        if isinstance(octets, bytes):
            yield octets
            return
        while at < end:
            piece = octets[at : at + PIECE]
            if piece.endswith(b"\r"):
                piece += octets[at + len(piece) : at + len(piece) + 1]
            at += len(piece)
            yield piece
