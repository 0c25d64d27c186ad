"""What stands behind the name of each IMAP command: read by its grammar, or Bad."""

from mailsuite.imap.answers import Bad
from mailsuite.imap.door import load
from mailsuite.imap.grammar import Cursor, Unfinished
from mailsuite.imap.registry import COMMANDS

load()
NAMES = sorted(COMMANDS)
PIECE = b"|"  # what follows is a literal of its own


def one_input(octets: bytes) -> None:
    """The first octet chooses the command; no octets crash the reading of its arguments."""
    if not octets:
        return
    row = COMMANDS[NAMES[octets[0] % len(NAMES)]]
    first, *others = octets[1:].split(PIECE)
    pieces = [first]
    for at, piece in enumerate(others):
        if at % 2:
            pieces.append(piece)
        else:
            pieces[-1] += b"{%d}" % len(piece)
            pieces.append(piece)
    if len(pieces) % 2 == 0:
        pieces.append(b"")
    cursor = Cursor(pieces, utf8=octets[0] > 127)
    try:
        for element in row.grammar:
            if not element.optional:
                cursor.space()
            element.parse(cursor)
        cursor.end()
    except (Bad, Unfinished):
        return
    assert cursor.ended
