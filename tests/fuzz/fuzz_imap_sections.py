"""FETCH items: sections, partial ranges, decoded parts."""

from mailsuite.imap.answers import Bad
from mailsuite.imap.door import load
from mailsuite.imap.fetch.asked import read_items
from mailsuite.imap.grammar import Cursor, Unfinished

load()


def one_input(octets: bytes) -> None:
    """No octets crash the parser; the name of an answer never breaks out of its line."""
    if any(octet in b"\0\r\n" for octet in octets):
        return  # the engine lets none of these through
    try:
        asked = read_items(Cursor([octets]))
    except (Bad, Unfinished):
        return
    for wanted in asked.items:
        assert not any(octet in b"\0\r\n" for octet in wanted.label)
        assert wanted.label.count(b"(") == wanted.label.count(b")")
