"""MESSAGELIMIT (RFC 9738): how many messages one command may be about, where that is limited.

The newest are processed, and the answer says down to which UID. COPY and APPEND do all or
nothing (`savelimit.py`); EXPUNGE, CLOSE and STATUS have no limit.
"""

from typing import Any

from attrs import evolve

from mailsuite.imap.commands import fetch as _fetch  # noqa: F401 - these are wrapped here,
from mailsuite.imap.commands import search as _search  # noqa: F401 - so they are registered
from mailsuite.imap.commands import store as _store  # noqa: F401
from mailsuite.imap.extensions import move as _move  # noqa: F401
from mailsuite.imap.extensions import multisearch as _multisearch  # noqa: F401
from mailsuite.imap.extensions import sort as _sort  # noqa: F401
from mailsuite.imap.extensions import thread as _thread  # noqa: F401
from mailsuite.imap.extensions import uidplus as _uidplus  # noqa: F401
from mailsuite.imap.extensions.partial import Chooses
from mailsuite.imap.extensions.savelimit import code
from mailsuite.imap.fetch.asked import Applied, Asked
from mailsuite.imap.grammar import LARGEST
from mailsuite.imap.registry import NUMBER, Done, No, Session, State, Uids, advertise, wraps
from mailsuite.imap.registry import Command as Row
from mailsuite.imap.searching.program import Level, Search, Test, search_key
from mailsuite.imap.searching.truth import in_spans
from mailsuite.imap.view import view_of
from mailsuite.store.flags import DELETED


async def _told(row: Row, session: Session, done: Done, told: bytes) -> Done:
    """Tell the code in the tagged OK; where that has another one already, before it (§3.1)."""
    view = view_of(session)
    await view.mailbox.refresh()
    withheld = row.holds_expunge and not session.by_uid and view.numbers.waiting
    if done.code is not None or withheld:
        session.untagged(b"NO [%b] Only the newest messages" % told)
        return done
    return evolve(done, code=told, text="Only the newest messages")


async def _limited(row: Row, session: Session, messages: Uids, *more: Any) -> Done:
    """Process the newest of the messages, from the highest UID down."""
    limit = session.limits.imap_message_limit
    some = messages[-limit:] if limit else messages
    done = await row.run(session, some, *more)
    assert isinstance(done, Done)
    if len(some) == len(messages):
        return done
    return await _told(row, session, done, code(limit, some[0]))


for _name in (b"STORE", b"MOVE"):
    wraps(_name)(_limited)


@wraps(b"FETCH")
async def fetch(
    row: Row, session: Session, messages: Uids, asked: Asked, modifiers: list[Applied]
) -> Done:
    """Fetch the newest; a PARTIAL of its own that is too long is refused (§3.1).

    Raises:
        No: it is.
    """
    limit = session.limits.imap_message_limit
    chooses = [modifier for modifier in modifiers if isinstance(modifier, Chooses)]
    if limit and any(modifier.places.extent > limit for modifier in chooses):
        raise No(code(limit), "Too many messages to fetch")
    if not limit or chooses or len(messages) <= limit:
        done = await row.run(session, messages, asked, modifiers)
        assert isinstance(done, Done)
        return done
    newest = messages[-limit:]
    done = await row.run(session, newest[::-1], asked, modifiers)
    assert isinstance(done, Done)
    return await _told(row, session, done, code(limit, newest[0]))


@wraps(b"UID EXPUNGE")
async def uid_expunge(row: Row, session: Session, messages: Uids) -> Done:
    r"""Expunge the newest: of messages that are not \Deleted nothing is done."""
    if session.limits.imap_message_limit:
        flags_of = view_of(session).mailbox.flags_of
        messages = [uid for uid in messages if (flags_of(uid) or 0) & DELETED]
    return await _limited(row, session, messages)


async def _searched(row: Row, session: Session, *arguments: Any) -> Done:
    """Search the newest; the code comes with what was found."""
    done = await row.run(session, *arguments)
    assert isinstance(done, Done)
    if done.code is None or session.state is not State.SELECTED:
        return done
    return await _told(row, session, evolve(done, code=None), done.code)


for _name in (b"SEARCH", b"SORT", b"ESEARCH"):
    wraps(_name)(_searched)


@wraps(b"THREAD")
async def thread(row: Row, session: Session, *arguments: Any) -> Done:
    """Thread no mailbox that is larger (§3.3): a part of a thread is none.

    Raises:
        No: it is.
    """
    limit = session.limits.imap_message_limit
    if limit and view_of(session).numbers.count > limit:
        raise No(code(limit), "Too many messages to thread")
    done = await row.run(session, *arguments)
    assert isinstance(done, Done)
    return done


@search_key(b"UIDAFTER", NUMBER)
def uid_after(search: Search, uid: int) -> Test:
    """UIDs above that one (RFC 9738 §3.2)."""
    del search
    return Test(Level.ARRAYS, column="uids", mask=in_spans([(uid + 1, LARGEST)]))


@search_key(b"UIDBEFORE", NUMBER)
def uid_before(search: Search, uid: int) -> Test:
    """UIDs below that one (RFC 9738 §3.2)."""
    del search
    return Test(Level.ARRAYS, column="uids", mask=in_spans([(1, uid - 1)]))


advertise(
    b"MESSAGELIMIT=",
    states=State.AUTHENTICATED,
    offered=lambda session: bool(session.limits.imap_message_limit),
    value=lambda session: b"%d" % session.limits.imap_message_limit,
)
