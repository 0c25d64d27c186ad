"""APPEND (RFC 3501 §6.3.11), of several messages too (MULTIAPPEND, RFC 3502).

Each message goes to a spool while it arrives; all of them are stored in one transaction or none.
What can be refused is refused before the literal is asked for.
"""

from contextlib import ExitStack
from datetime import datetime

from mailsuite.errors import BadMessage, MessageTooBig, OverQuota
from mailsuite.imap.elements import Element
from mailsuite.imap.registry import (
    DATE_TIME,
    FLAGS,
    MAILBOX,
    OCTETS,
    Bad,
    Cursor,
    Done,
    Incoming,
    Session,
    State,
    command,
    optional,
)
from mailsuite.imap.writing import uid_set
from mailsuite.mailbox.service import Append, Quota
from mailsuite.store.flags import SYSTEM_FLAGS
from mailsuite.wire.spool import Spool

LARGEST_COUNT = 1_000  # messages of one APPEND

WITH_FLAGS: Element[list[bytes] | None] = optional(FLAGS, b"(")
WITH_DATE: Element[datetime | None] = optional(DATE_TIME, b'"')
SYSTEM = {name.lower() for name in SYSTEM_FLAGS}


@command(
    b"APPEND",
    MAILBOX,
    WITH_FLAGS,
    WITH_DATE,
    OCTETS,
    states=State.AUTHENTICATED,
    capability=b"MULTIAPPEND",
)
async def append(
    session: Session,
    name: str,
    flags: list[bytes] | None,
    date: datetime | None,
    literal: Incoming,
) -> Done:
    """Put messages into a mailbox, all or none; APPENDUID tells their UIDs (RFC 4315 §3)."""
    await session.mailboxes.target(name)
    quota = await session.mailboxes.quota()
    with ExitStack() as stack:
        items: list[Append] = []
        octets = 0
        following: Incoming | None = literal
        while following is not None:
            octets += following.size
            _admit(session, quota, following.size, octets, len(items) + 1)
            names = _flag_names(flags or [])
            spool = session.spool()
            stack.callback(spool.discard)
            await _receive(following, spool)
            cursor, following = await literal.following()
            if following is None:
                cursor.end()
            else:
                flags, date_after = _next_message(cursor)
            held = await session.octets_of(stack, spool)
            items.append(Append(held, names, None if date is None else int(date.timestamp())))
            date = None if following is None else date_after
        appended = await session.mailboxes.append(name, items)
    return Done(b"APPENDUID %d %b" % (appended.uidvalidity, uid_set(appended.uids)))


def _next_message(cursor: Cursor) -> tuple[list[bytes] | None, datetime | None]:
    flags, date = WITH_FLAGS.parse(cursor), WITH_DATE.parse(cursor)
    cursor.space()
    cursor.announcement()
    return flags, date


def _admit(session: Session, quota: Quota, size: int, octets: int, count: int) -> None:
    """Refuse what would be refused after it has come (threat I3).

    Raises:
        MessageTooBig: this one is over the limit.
        OverQuota: all of them would not fit.
        BadMessage: it is empty (RFC 3502 §6.3.11: the client gives up).
    """
    if size > session.limits.message_octets:
        raise MessageTooBig
    if not size:
        raise BadMessage
    if count > LARGEST_COUNT:
        raise Bad("Too many messages")
    if quota.quota_octets is not None and quota.used_octets + octets > quota.quota_octets:
        raise OverQuota
    if quota.quota_messages is not None and quota.used_messages + count > quota.quota_messages:
        raise OverQuota


def _flag_names(flags: list[bytes]) -> tuple[str, ...]:
    r"""Return the flags by name; `\Recent` is nobody's to set and left out."""
    names = [flag.decode("ascii") for flag in flags if flag.lower() != b"\\recent"]
    if any(name.startswith("\\") and name.lower() not in SYSTEM for name in names):
        raise Bad("No such flag")
    return tuple(names)


async def _receive(literal: Incoming, spool: Spool) -> None:
    await literal.accept()
    while octets := await literal.chunk():
        await spool.append(octets)
