"""PARTIAL (RFC 9394, and RFC 5267 §4.4 before it): some of what was found, and of what is fetched.

Results are counted from 1 on, or from the end by -1, -2, ...
"""

import re
from collections.abc import Sequence

from attrs import frozen

from mailsuite.imap.fetch.asked import Applied, Asked, fetch_modifier
from mailsuite.imap.grammar import read_number
from mailsuite.imap.registry import (
    Bad,
    Cursor,
    Session,
    State,
    advertise,
    parsed_by,
)
from mailsuite.imap.searching.returns import Found, search_return
from mailsuite.imap.writing import uid_set

_RANGE = re.compile(rb"(-?)([1-9][0-9]*):(-?)([1-9][0-9]*)")


@frozen
class Range:
    """Places in a list of results, the lower first.

    Attributes:
        text: as it was written; so it is told.
        from_end: the last result is 1.
    """

    text: bytes
    low: int
    high: int
    from_end: bool

    @property
    def extent(self) -> int:
        """How many results it may hold."""
        return self.high - self.low + 1

    def of(self, uids: Sequence[int]) -> Sequence[int]:
        """Those that stand at these places."""
        count = len(uids)
        if self.from_end:
            return uids[max(0, count - self.high) : max(0, count - self.low + 1)]
        return uids[self.low - 1 : self.high]


def read_range(cursor: Cursor) -> Range:
    """Read a partial-range (RFC 9394 §4): two places from one end; no "*"."""
    found = cursor.match(_RANGE)
    if found is None or found.group(1) != found.group(3):
        raise Bad("Expected a range such as 1:100 or -1:-100")
    places = read_number(found.group(2)), read_number(found.group(4))
    return Range(found.group(), min(places), max(places), bool(found.group(1)))


RANGE = parsed_by(read_range)


def shown(found: Found, places: Range) -> Sequence[int]:
    """Show the results at these places."""
    return places.of(found.uids)


@search_return(b"PARTIAL", RANGE, shows=shown, lists=True)
def tell_partial(found: Found, places: Range) -> bytes:
    """Tell the results at these places, or NIL where there is none (RFC 9394 §3.1)."""
    told = uid_set(found.told(places.of(found.uids)))
    return b"(%b %b)" % (places.text, told or b"NIL")


@frozen
class Chooses:
    """The modifier of one UID FETCH (RFC 9394 §3.3)."""

    places: Range

    def __call__(self, session: Session, asked: Asked) -> None:
        """Have only the messages at these places; those that changed are chosen after that."""
        if not session.by_uid:
            raise Bad("PARTIAL stands in UID FETCH only")
        asked.chosen = self.places.of


@fetch_modifier(b"PARTIAL")
def fetch_partial(cursor: Cursor) -> Applied:
    """Fetch only the first or last messages of the set (RFC 9394 §3.3)."""
    cursor.space()
    return Chooses(read_range(cursor))


advertise(b"PARTIAL", states=State.AUTHENTICATED)
