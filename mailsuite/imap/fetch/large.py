"""FETCH of a large message: its octets are sent while they are read, as fast as the client reads.

What it costs in memory is a piece or two, whatever the message has.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from attrs import frozen

from mailsuite.errors import DamagedBody, NoSuchThing
from mailsuite.imap.fetch.asked import Asked
from mailsuite.imap.fetch.batch import BATCH_OCTETS, FlagTexts, Message
from mailsuite.imap.ports import Session
from mailsuite.imap.telling import lead
from mailsuite.imap.view import SelectedView
from mailsuite.mailbox.changing import steps
from mailsuite.mailbox.reading import range_in_pieces
from mailsuite.store.placements_read import OCTETS, MessageRow, read_rows


@frozen
class Range:
    """Octets of the message that stand in its answer as a literal."""

    start: int
    end: int


def is_large(view: SelectedView, uid: int, asked: Asked) -> bool:
    """Whether a message is sent piece by piece."""
    return _by_ranges(asked) and _size(view, uid) >= BATCH_OCTETS


def runs(view: SelectedView, uids: Sequence[int], asked: Asked) -> Iterator[Sequence[int]]:
    """The messages in order, each large one alone; the view is asked step by step."""
    if not _by_ranges(asked):
        yield uids
        return
    for step in steps(uids):
        start = 0
        for at, uid in enumerate(step):
            if _size(view, uid) >= BATCH_OCTETS:
                if start < at:
                    yield step[start:at]
                yield step[at : at + 1]
                start = at + 1
        if start < len(step):
            yield step[start:]


async def send_large(session: Session, view: SelectedView, uid: int, asked: Asked) -> int:
    """Send the answer for one message; returns 1 if it could not be read, else 0.

    Raises:
        ConnectionError: damage was found when octets had been sent already, of a literal that
            can be neither ended nor taken back. The connection has to end.
    """
    mailbox = view.mailbox
    rows = await mailbox.read(read_rows, mailbox.id, [uid], asked.needs - {OCTETS})
    row, at, number = rows.get(uid), mailbox.arrays.index(uid), view.numbers.of(uid)
    if row is None or at < 0:
        return 0  # expunged since
    arrays = mailbox.arrays
    flags = FlagTexts(mailbox.keywords)[arrays.flags[at]]
    message = Message(uid, flags, arrays.modseqs[at], arrays.sizes[at], row)
    written = lead(session.manner) % (uid if view.unnumbered else number)
    sent = False
    try:
        for part in _parts(message, asked):
            if isinstance(part, bytes):
                written += part
                continue
            async with aclosing(_octets(view, row, part)) as pieces:
                async for piece in pieces:
                    session.write(written + piece)
                    written, sent = b"", True
                    await session.drained()
    except (DamagedBody, NoSuchThing) as error:
        if not sent:
            return 1
        session.note("a damaged message ends its connection", why=str(error))
        raise ConnectionError from error
    session.write(written + b")\r\n")
    await session.drained()
    return 0


def _by_ranges(asked: Asked) -> bool:
    """Whether all that is asked of bodies are ranges of the message."""
    sections = [wanted.arguments[0] for wanted in asked.items if OCTETS in wanted.needs]
    return bool(sections) and all(one.is_range for one in sections)


def _size(view: SelectedView, uid: int) -> int:
    at = view.mailbox.arrays.index(uid)
    return 0 if at < 0 else view.mailbox.arrays.sizes[at]


def _parts(message: Message, asked: Asked) -> Iterator[bytes | Range]:
    """The inside of the answer: text, and ranges between it."""
    space = b""
    for wanted in asked.items:
        yield space + wanted.label + b" "
        space = b" "
        if OCTETS not in wanted.needs:
            yield wanted.item.write(message, *wanted.arguments)
            continue
        found = wanted.arguments[0].bounds(message.row, message.size)
        if found is None:
            yield b"NIL"
        else:
            yield b"{%d}\r\n" % (found[1] - found[0])
            yield Range(*found)


def _octets(view: SelectedView, row: MessageRow, wanted: Range) -> AsyncGenerator[bytes, None]:
    return range_in_pieces(view.mailbox, row.message_id, wanted.start, wanted.end)
