"""SEARCH and UID SEARCH (RFC 3501 §6.4.4, RFC 9051 §6.4.4).

What RETURN asks for is a row of `searching/returns.py`; each key is one of `searching/`.
"""

from attrs import frozen

from mailsuite.imap.elements import Element, Parsed
from mailsuite.imap.registry import Bad, Cursor, Done, No, Session, State, command
from mailsuite.imap.searching import keys as _keys  # noqa: F401 - its keys are registered
from mailsuite.imap.searching.newest import newest
from mailsuite.imap.searching.program import PLACED, Program, Reader, Search
from mailsuite.imap.searching.returns import Found, Returns, highest_modseq, read_returns
from mailsuite.imap.searching.run import bind, run_bound
from mailsuite.imap.view import SelectedView, view_of
from mailsuite.message.charsets import NAMES

CHARSETS = {name.upper().encode("ascii"): name for name in NAMES}


@frozen
class Criteria:
    """What is searched for; `charset` is None where we do not know it, `named` if it was given."""

    program: Program
    charset: str | None = "utf-8"
    named: bool = False


@frozen
class Asked:
    """A search as it was written."""

    returns: Returns
    criteria: Criteria


def tell_all(found: Found) -> bytes:
    """The SEARCH response (RFC 3501 §7.2.5), with MODSEQ where asked by it (RFC 7162 §3.1.6)."""
    line = " ".join(["SEARCH", *map(str, found.told(found.uids))]).encode("ascii")
    if found.search.by_modseq and found.uids:
        line += b" (MODSEQ %d)" % highest_modseq(found, found.uids)
    return line


def read_criteria(cursor: Cursor) -> Criteria:
    """Read `[CHARSET c] key key ...`, up to the end of the command."""
    charset: str | None = "utf-8"
    named = cursor.sees_word(b"CHARSET")
    if named:
        cursor.word()
        cursor.space()
        charset = CHARSETS.get(cursor.astring().upper())
        cursor.space()
    if cursor.ended:
        raise Bad("Missing search key")
    return Criteria(Reader(cursor).read(), charset, named)


ASKED: Element[Asked] = Parsed(lambda cursor: Asked(read_returns(cursor), read_criteria(cursor)))


async def find(
    session: Session, view: SelectedView, criteria: Criteria, spent: float = 0.0
) -> Found:
    """Search one mailbox; the reactor and other sessions go on meanwhile.

    `spent` are seconds that count against its time already.

    Raises:
        Bad: a charset was named where there is one only.
        No: an unknown charset, or it took too long.
    """
    if criteria.named and b"UTF8=ACCEPT" in session.enabled:
        raise Bad("After ENABLE UTF8=ACCEPT there is one charset only (RFC 9755, section 3)")
    program = criteria.program
    for place in PLACED:
        program = await place(session, program, criteria.charset)
    if criteria.charset is None:
        raise No(b"BADCHARSET (%b)" % b" ".join(CHARSETS), "Unknown charset")
    search = Search(session, view, criteria.charset, spent=spent)
    bound = bind(search, program)
    limit, code, among = session.limits.imap_message_limit, None, None
    if limit:
        looked_at = newest(search, bound, limit)
        among = looked_at.uids
        if looked_at.lowest:
            code = b"MESSAGELIMIT %d %d" % (limit, looked_at.lowest)
    uids = await run_bound(search, bound, among)
    return Found(uids, search, bound, scores=search.scores, code=code, by_uid=session.by_uid)


@command(b"SEARCH", ASKED, states=State.SELECTED, holds_expunge=True, uid_form=True)
async def search(session: Session, asked: Asked) -> Done:
    """Find messages, and tell as much of the outcome as RETURN asks for."""
    view = view_of(session)
    return await asked.returns.answer(
        session, lambda: find(session, view, asked.criteria), tell_all
    )
