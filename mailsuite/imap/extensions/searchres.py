"""SEARCHRES (RFC 5182, RFC 9051 §6.4.4.1): SAVE, and `$` for what it kept.

`$` is read where a sequence set is (`elements.py`) and turned into UIDs by `Numbers.resolve`. It
goes with the selected mailbox: SELECT begins with an empty one.
"""

from mailsuite.imap.registry import No, Session, State, advertise
from mailsuite.imap.searching.returns import (
    LARGE,
    Found,
    ReturnOption,
    Returns,
    search_effect,
)
from mailsuite.imap.spans import NOTHING, Spans
from mailsuite.imap.view import view_of

LARGEST_RUNS = 50_000  # of neighbours: 400 KB a session


async def save(found: Found, returns: Returns) -> None:
    """Keep what was found, or the ends that were asked for (RFC 5182 §2.4, RFC 9394 §3.2).

    Raises:
        No: it is too scattered to be kept (RFC 5182 §2.5).
    """
    numbers = found.view.numbers
    shown = returns.shown(found)
    rising = shown if found.ranked is None else sorted(shown)
    if len(rising) < LARGE:
        saved = Spans(rising, numbers.uids)
    else:
        saved = await found.session.aside(Spans, rising, numbers.uids)
    if len(saved) > LARGEST_RUNS:
        raise No(b"NOTSAVED", "Found, but not kept: too scattered")
    numbers.saved = saved


def forget(session: Session) -> None:
    """Keep nothing: the search was answered with NO (RFC 5182 §2.1)."""
    view_of(session).numbers.saved = NOTHING


search_effect(ReturnOption(b"SAVE", act=save, failed=forget, silent=True, doc=save.__doc__ or ""))
advertise(b"SEARCHRES", states=State.AUTHENTICATED)
