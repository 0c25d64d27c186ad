"""No octets crash the reading of ACL, METADATA, QUOTA and LIST, and what is read has its bounds."""

from typing import Any

from mailsuite.imap.answers import Bad
from mailsuite.imap.commands.list import LARGEST_PATTERNS, LIST_REQUEST
from mailsuite.imap.door import load
from mailsuite.imap.extensions.acl import IDENTIFIER, LARGEST_IDENTIFIER, MODIFICATION
from mailsuite.imap.extensions.metadata import LARGEST_COUNT, REQUEST, VALUES, chosen
from mailsuite.imap.extensions.quota import LIMITS
from mailsuite.imap.grammar import Cursor, Unfinished

load()
ELEMENTS: tuple[Any, ...] = (LIST_REQUEST, IDENTIFIER, MODIFICATION, REQUEST, VALUES, LIMITS)


def one_input(octets: bytes) -> None:
    """The first octet chooses what the others are read as."""
    element: Any = ELEMENTS[octets[0] % len(ELEMENTS)] if octets else LIST_REQUEST
    cursor = Cursor([octets[1:]], utf8=bool(octets) and octets[0] > 127)
    try:
        value: Any = element.parse(cursor)
    except (Bad, Unfinished):
        return
    if element is LIST_REQUEST:
        assert 0 < len(value.patterns) <= LARGEST_PATTERNS
    elif element is IDENTIFIER:
        assert 0 < len(value.encode()) <= LARGEST_IDENTIFIER
    elif element is REQUEST:
        assert 0 < len(value.entries) <= LARGEST_COUNT
        told = chosen({"/private/a/b": b"x"}, value.entries, value.options.depth)
        assert len(told) <= len(value.entries) + 1
    elif element is VALUES:
        assert all(name.startswith(("/private/", "/shared/")) for name in value[1])
