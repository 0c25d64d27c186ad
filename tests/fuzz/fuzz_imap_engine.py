"""No octets crash the IMAP engine or the grammar behind it, nor make them hold too much."""

from mailsuite.imap.answers import Bad
from mailsuite.imap.door import load
from mailsuite.imap.engine import Chunk, Command, Engine, Event, Offer
from mailsuite.imap.grammar import Cursor, Unfinished
from mailsuite.imap.pieces import Bounds
from mailsuite.imap.registry import find_command

load()
BOUNDS = Bounds(line=512, literal=256, literals=512, count=8, skipped=4096)
LIMIT = 2 * BOUNDS.line + 2 + BOUNDS.literals + BOUNDS.line


def one_input(octets: bytes) -> None:
    """Both ways of cutting give the same commands, and each parses or is Bad."""
    whole, trickled = _events([octets]), _events([bytes([octet]) for octet in octets])
    assert whole == trickled
    for event in whole:
        if isinstance(event, Command):
            _parse(event.pieces)


def _events(pieces: list[bytes]) -> list[Event]:
    engine = Engine(BOUNDS, frozenset([b"APPEND"]))
    events: list[Event] = []
    for piece in pieces:
        engine.feed(piece)
        while (event := engine.next()) is not None:
            if isinstance(event, Offer):
                engine.stream() if event.size % 2 else engine.refuse()
            last = events[-1] if events else None
            if isinstance(event, Chunk) and isinstance(last, Chunk) and not last.last:
                events[-1] = Chunk(last.octets + event.octets, event.last)
            else:
                events.append(event)
            assert engine.held <= LIMIT + len(piece)
    return events


def _parse(pieces: list[bytes]) -> None:
    cursor = Cursor(pieces)
    try:
        cursor.tag()
        cursor.space()
        name = cursor.word()
        row = find_command(name, by_uid=False)
        if row is None:
            return
        for element in row.grammar:
            if not element.optional:
                cursor.space()
            element.parse(cursor)
    except (Bad, Unfinished):
        return
