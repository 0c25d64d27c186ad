"""WITHIN (RFC 5032): messages by their age in seconds, by the server's clock."""

from mailsuite.imap.elements import Element, parsed_by
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.registry import Bad
from mailsuite.imap.searching.program import Level, Search, Test, search_key


def read_interval(cursor: Cursor) -> int:
    """Read a number of seconds, at least one (RFC 5032 §3)."""
    seconds = cursor.number()
    if not seconds:
        raise Bad("Expected a number of seconds, not 0")
    return seconds


INTERVAL: Element[int] = parsed_by(read_interval)


@search_key(b"YOUNGER", INTERVAL, capability=b"WITHIN")
def younger(search: Search, seconds: int) -> Test:
    """Messages that arrived within so many seconds before now (RFC 5032 §2)."""
    del search
    return Test(Level.ARRAYS, seconds.__ge__, "ages")


@search_key(b"OLDER", INTERVAL)
def older(search: Search, seconds: int) -> Test:
    """Messages that arrived so many seconds before now, or more (RFC 5032 §2)."""
    del search
    return Test(Level.ARRAYS, seconds.__le__, "ages")
