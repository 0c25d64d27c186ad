"""CATENATE (RFC 4469): APPEND of what lies here already, and what is between.

URL-PARTIAL (RFC 5550 §5.7.1): of a part some octets only.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from mailsuite.errors import BadMailboxName, BadMessage, NoSuchMailbox, NotPermitted, TooMany
from mailsuite.imap.commands.append import Draft, append_data, utf8_data
from mailsuite.imap.registry import Arriving, Bad, No, Session, State, advertise
from mailsuite.imap.urls import LARGEST_URL, MessageUrl, read_url, tellable
from mailsuite.mailbox.reading import range_in_pieces
from mailsuite.mailbox.view import MailboxView
from mailsuite.message.header import HEADER_OCTETS
from mailsuite.message.parts import Kind
from mailsuite.store.placements_read import OCTETS, MessageRow, read_rows

LARGEST_PARTS = 1_000  # of one message

advertise(b"CATENATE", states=State.AUTHENTICATED)
advertise(b"URL-PARTIAL", states=State.AUTHENTICATED)


@append_data(b"CATENATE")
async def catenate(session: Session, arriving: Arriving, draft: Draft) -> None:
    """Put a message together of literals and of parts of messages (RFC 4469 §3).

    Raises:
        No: BADURL, where a URL leads nowhere that this session may read.
        MessageTooBig, OverQuota: before the part that is too much is read.
        TooMany: too many parts.
        BadMessage: nothing is in any of them.
    """
    arriving.cursor.space()
    arriving.cursor.enter()
    for _ in range(LARGEST_PARTS):
        word = arriving.cursor.word()
        if word == b"UTF8":
            await utf8_data(session, arriving, draft)
        elif word == b"TEXT":
            arriving.cursor.space()
            await draft.take(arriving.announced())
            await arriving.go_on()
        elif word == b"URL":
            arriving.cursor.space()
            await _add(session, await arriving.astring(LARGEST_URL), draft)
        else:
            raise Bad("Expected TEXT or URL")
        if arriving.cursor.leave():
            break
        arriving.cursor.space()
    else:
        raise TooMany
    if not draft.room.in_message:
        raise BadMessage


async def _add(session: Session, octets: bytes, draft: Draft) -> None:
    """Add what a URL names, as FETCH BODY.PEEK would give it (RFC 4469 §3)."""
    here = session.view.mailbox.row.name if session.state is State.SELECTED else None
    url = read_url(octets, here)
    bad = No(b"BADURL " + tellable(octets), "No such message or part")
    if url is None:
        raise bad
    if url.mailbox is None:
        await _copy(session.view.mailbox, url, draft, bad)
        return
    try:
        view = await session.mailboxes.open(url.mailbox)
    except (NoSuchMailbox, NotPermitted, BadMailboxName):
        raise bad from None
    try:
        await _copy(view, url, draft, bad)
    finally:
        session.mailboxes.release(view)


async def _copy(view: MailboxView, url: MessageUrl, draft: Draft, bad: No) -> None:
    at = view.arrays.index(url.uid)
    if at < 0 or url.uidvalidity not in {0, view.row.uidvalidity}:
        raise bad
    needs = {*url.section.needs, "parts"} - {OCTETS}
    row = (await view.read(read_rows, view.id, [url.uid], needs)).get(url.uid)
    found = None if row is None else await _found(view, row, url, view.arrays.sizes[at])
    if row is None or found is None:
        raise bad
    first, count = url.partial
    if isinstance(found, bytes):
        octets = found[first : first + count]
        draft.room.admit(len(octets))
        await draft.add(octets)
        return
    start = min(found[0] + first, found[1])
    end = min(start + count, found[1])
    draft.room.admit(end - start)
    async with aclosing(range_in_pieces(view, row.message_id, start, end)) as pieces:
        async for piece in pieces:
            await draft.add(piece)


async def _found(
    view: MailboxView, row: MessageRow, url: MessageUrl, size: int
) -> bytes | tuple[int, int] | None:
    """The octets of a header, or where in the message all other sections lie."""
    section = url.section
    if not section.path and section.kind is Kind.HEADER:
        return section.octets(row)
    bounds = section.bounds(row, size)
    if bounds is None or not section.fields:
        return bounds
    if bounds[1] - bounds[0] > HEADER_OCTETS:
        return None
    pieces: AsyncGenerator[bytes, None] = range_in_pieces(view, row.message_id, *bounds)
    return section.chosen(b"".join([piece async for piece in pieces]))
