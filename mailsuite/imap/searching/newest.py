"""Which messages a search looks at where their number is limited (RFC 9738 §3.1)."""

from array import array
from itertools import compress

from attrs import frozen

from mailsuite.imap.searching.program import Search
from mailsuite.imap.searching.truth import (
    Bound,
    Level,
    Looking,
    Sheet,
    Test,
    everything,
    unpacked,
)


@frozen
class Newest:
    """The messages that are looked at, rising; `lowest` is the first where others are not."""

    uids: "array[int]"
    lowest: int = 0


def newest(search: Search, bound: Bound, limit: int) -> Newest:
    """The newest messages, of those that the UIDs and numbers in the search leave.

    What it says of anything else may be true or false: those are the messages it searches.
    """
    uids = search.view.numbers.uids
    unknown = {
        place: (0, 0)
        for place, step in enumerate(bound)
        if isinstance(step, Test) and step.column != "uids"
    }
    looking = Looking(Level.ARRAYS, Sheet({"uids": uids}), lambda: False, known=unknown)
    _, false = looking.truth(bound)
    asked = array("I", compress(uids, unpacked(everything(len(uids)) ^ false, len(uids))))
    if len(asked) <= limit:
        return Newest(asked)
    return Newest(asked[-limit:], asked[-limit])
