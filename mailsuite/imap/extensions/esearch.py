"""ESEARCH (RFC 4731 §3.1): the options that SEARCH RETURN began with.

SORT has the same ones (ESORT, RFC 5267 §3.1): lowest and highest are then first and last in its
order.
"""

from collections.abc import Sequence

from mailsuite.imap.registry import State, advertise
from mailsuite.imap.searching.returns import Found, every, search_return
from mailsuite.imap.writing import uid_set


def first(found: Found, _: object) -> Sequence[int]:
    """Show the first message."""
    return found.uids[:1]


def last(found: Found, _: object) -> Sequence[int]:
    """Show the last message."""
    return found.uids[-1:]


@search_return(b"MIN", shows=first)
def tell_min(found: Found, _: object) -> bytes | None:
    """The first message found (RFC 4731 §3.1)."""
    return _set(found, found.uids[:1])


@search_return(b"MAX", shows=last)
def tell_max(found: Found, _: object) -> bytes | None:
    """The last message found (RFC 4731 §3.1)."""
    return _set(found, found.uids[-1:])


@search_return(b"ALL", shows=every, lists=True)
def tell_all(found: Found, _: object) -> bytes | None:
    """Every message found, in its order; ranges always rise (RFC 4731 §3.1, RFC 5267 §3.2)."""
    return _set(found, found.uids)


@search_return(b"COUNT", shows=every)
def tell_count(found: Found, _: object) -> bytes:
    """How many were found (RFC 4731 §3.1)."""
    return b"%d" % len(found.uids)


def _set(found: Found, uids: Sequence[int]) -> bytes | None:
    return uid_set(found.told(uids)) or None


advertise(b"ESEARCH", states=State.AUTHENTICATED)
