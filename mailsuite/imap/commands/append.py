"""APPEND (RFC 3501 §6.3.11), of several messages too (MULTIAPPEND, RFC 3502).

Each message goes to a spool while it arrives; all of them are stored in one transaction or none.
What can be refused is refused before the literal is asked for. `append_data` adds another way to
say what a message is made of (RFC 4466 §2.5, append-data).
"""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import datetime

from attrs import define, evolve, field

from mailsuite.errors import BadMessage, MessageTooBig, OverQuota
from mailsuite.imap.elements import Element
from mailsuite.imap.registry import (
    ARRIVING,
    DATE_TIME,
    FLAGS,
    MAILBOX,
    Arriving,
    Bad,
    Done,
    Incoming,
    No,
    Session,
    State,
    command,
    once,
    optional,
)
from mailsuite.imap.tables import ENABLED_BY
from mailsuite.imap.writing import uid_set
from mailsuite.mailbox.service import Append, Quota
from mailsuite.store.flags import SYSTEM_FLAGS
from mailsuite.store.mailboxes import MailboxRow
from mailsuite.wire.spool import Spool

LARGEST_COUNT = 1_000  # messages of one APPEND

WITH_FLAGS: Element[list[bytes] | None] = optional(FLAGS, b"(")
WITH_DATE: Element[datetime | None] = optional(DATE_TIME, b'"')
SYSTEM = {name.lower() for name in SYSTEM_FLAGS}
# Clients that have enabled one of these know of UTF-8 in header fields (RFC 9755 §3, RFC 9051).
UTF8 = b"UTF8=ACCEPT"
KNOW_UTF8 = frozenset({UTF8, b"IMAP4REV2"})


@define
class Room:
    """What an APPEND may still bring; asked before each literal (threat I3)."""

    quota: Quota
    message_octets: int  # the largest message
    most: int = LARGEST_COUNT  # messages
    octets: int = field(default=0, init=False)
    messages: int = field(default=0, init=False)
    in_message: int = field(default=0, init=False)

    def begin(self) -> None:
        """Begin a message.

        Raises:
            No: there are too many already (RFC 9738 §3.1).
        """
        self.messages += 1
        self.in_message = 0
        if self.messages > self.most:
            raise No(b"MESSAGELIMIT %d" % self.most, "Too many messages")

    def admit(self, octets: int) -> None:
        """Count what the message in hand gets more.

        Raises:
            MessageTooBig: it would be over the limit.
            OverQuota: all of them would not fit.
        """
        self.in_message += octets
        self.octets += octets
        if self.in_message > self.message_octets:
            raise MessageTooBig
        quota = self.quota
        if quota.quota_octets is not None and quota.used_octets + self.octets > quota.quota_octets:
            raise OverQuota
        if (
            quota.quota_messages is not None
            and quota.used_messages + self.messages > quota.quota_messages
        ):
            raise OverQuota

    def freeing(self, octets: int) -> "Room":
        """The same where a message of so many octets goes (RFC 8508 §3.4: the net counts)."""
        quota = self.quota
        less = evolve(
            quota, used_octets=quota.used_octets - octets, used_messages=quota.used_messages - 1
        )
        return Room(less, self.message_octets, self.most)


@define(eq=False)
class Draft:
    """One message, as it is put together of what arrives."""

    room: Room
    spool: Spool
    _utf8: bool  # header fields may hold UTF-8
    _tail: bytes | None = field(default=b"\r\n", init=False)  # of the header; None behind it

    async def take(self, literal: Incoming) -> None:
        """Take a literal in; what does not fit is refused before it is asked for.

        Raises:
            MessageTooBig, OverQuota: as `Room.admit`.
        """
        self.room.admit(literal.size)
        await literal.accept()
        while octets := await literal.chunk():
            await self.add(octets)

    async def add(self, octets: bytes) -> None:
        """Take in octets that are admitted.

        Raises:
            No: a header field has 8-bit octets, and the client has not enabled UTF-8.
        """
        if self._tail is not None and not self._utf8:
            self._tail = _checked(self._tail + octets)
        await self.spool.append(octets)


Data = Callable[[Session, Arriving, Draft], Awaitable[None]]
DATA: dict[bytes, Data] = {}


def append_data(name: bytes) -> Callable[[Data], Data]:
    """Register what may stand in the place of the literal: `f(session, arriving, draft)`."""

    def register(function: Data) -> Data:
        once(DATA, name, function)
        return function

    return register


@append_data(b"UTF8")
async def utf8_data(session: Session, arriving: Arriving, draft: Draft) -> None:
    """Take `(~{n}...)` behind the word UTF8, as Thunderbird sends it (RFC 6855 §4).

    RFC 9755 has dropped it, but whoever has enabled UTF8=ACCEPT may know the older RFC only.
    """
    del session
    arriving.cursor.space()
    arriving.cursor.enter()
    await draft.take(arriving.announced())
    await arriving.go_on()
    if not arriving.cursor.leave():
        raise Bad("Expected a parenthesis")
    if not draft.room.in_message:
        raise BadMessage


@command(b"APPEND", MAILBOX, ARRIVING, states=State.AUTHENTICATED, capability=b"MULTIAPPEND")
async def append(session: Session, name: str, arriving: Arriving) -> Done:
    """Put messages into a mailbox, all or none; APPENDUID tells their UIDs (RFC 4315 §3)."""
    room = await room_of(session, await session.mailboxes.target(name))
    with ExitStack() as stack:
        items = [await receive(session, arriving, room, stack)]
        while not arriving.ended:
            items.append(await receive(session, arriving, room, stack))
        appended = await session.mailboxes.append(name, items)
    return Done(b"APPENDUID %d %b" % (appended.uidvalidity, uid_set(appended.uids)))


async def room_of(session: Session, target: MailboxRow) -> Room:
    """What may be appended now: it counts against the target's owner."""
    most = min(LARGEST_COUNT, session.limits.imap_saved_at_once or LARGEST_COUNT)
    return Room(await session.mailboxes.quota(target), session.limits.message_octets, most)


async def receive(session: Session, arriving: Arriving, room: Room, stack: ExitStack) -> Append:
    """Take one message in, with its flags and its date; it is kept until the stack is left.

    Raises:
        BadMessage: it is empty: the client gives up (RFC 3502 §6.3.11).
        MessageTooBig, OverQuota: as `Room.admit`; nothing of it was asked for.
    """
    cursor = arriving.cursor
    flags, date = WITH_FLAGS.parse(cursor), WITH_DATE.parse(cursor)
    names = _flag_names(flags or [])
    cursor.space()
    room.begin()
    spool = session.spool()
    stack.callback(spool.discard)
    knows_utf8 = not KNOW_UTF8.isdisjoint(session.enabled) or UTF8 not in ENABLED_BY
    draft = Draft(room, spool, knows_utf8)
    if cursor.sees_one_of(b"{~"):
        literal = arriving.announced()
        if not literal.size:
            raise BadMessage
        await draft.take(literal)
        await arriving.go_on()
    elif (data := DATA.get(cursor.word())) is not None:
        await data(session, arriving, draft)
    else:
        raise Bad("Expected a literal")
    held = await session.octets_of(stack, spool)
    return Append(held, names, None if date is None else int(date.timestamp()))


def _flag_names(flags: list[bytes]) -> tuple[str, ...]:
    r"""Return the flags by name; `\Recent` is nobody's to set and left out."""
    names = [flag.decode("ascii") for flag in flags if flag.lower() != b"\\recent"]
    if any(name.startswith("\\") and name.lower() not in SYSTEM for name in names):
        raise Bad("No such flag")
    return tuple(names)


def _checked(octets: bytes) -> bytes | None:
    """Look at octets of the header; return its last three, or None if it ends here.

    RFC 9755 §3: without ENABLE UTF8=ACCEPT, 8-bit octets in header fields MUST be refused.
    """
    end = octets.find(b"\r\n\r\n")
    if not (octets if end < 0 else octets[:end]).isascii():
        raise No(b"CANNOT", "8-bit octets in the header: ENABLE UTF8=ACCEPT first")
    return octets[-3:] if end < 0 else None
