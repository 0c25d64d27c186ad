"""SEARCH and UID SEARCH (RFC 3501 §6.4.4); what RETURN asks for is ESEARCH's (RFC 4731)."""

from collections.abc import Callable, Sequence

from attrs import define, frozen

from mailsuite.imap.elements import Element, Parsed
from mailsuite.imap.registry import Bad, Cursor, Done, No, Session, State, command
from mailsuite.imap.searching import keys as _keys  # noqa: F401 - its keys are registered
from mailsuite.imap.searching.program import Program, Reader, Search
from mailsuite.imap.searching.run import run
from mailsuite.imap.view import SelectedView, view_of

CHARSETS = {b"US-ASCII": "utf-8", b"UTF-8": "utf-8"}


@define
class Found:
    """The outcome of a search."""

    session: Session
    view: SelectedView
    uids: Sequence[int]
    modseq: int | None  # the highest of those found, where the search was by MODSEQ

    @property
    def told(self) -> Sequence[int]:
        """UIDs or numbers, as the command was given."""
        return self.uids if self.session.by_uid else self.view.numbers.of_all(self.uids)


Tells = Callable[[Found], bytes]


@frozen
class Asked:
    """A search as it was written; `charset` is None where we do not know it."""

    tells: Tells
    charset: str | None
    program: Program


RETURNS: list[Callable[[Cursor], Tells]] = []
"""Who reads what follows RETURN, and tells the outcome (`extensions/esearch.py`)."""


def tell_all(found: Found) -> bytes:
    """The SEARCH response (RFC 3501 §7.2.5), with MODSEQ where asked by it (RFC 7162 §3.1.6)."""
    line = " ".join(["SEARCH", *map(str, found.told)]).encode("ascii")
    if found.modseq is not None and found.uids:
        line += b" (MODSEQ %d)" % found.modseq
    return line


def read_search(cursor: Cursor) -> Asked:
    """Read `[RETURN (...)] [CHARSET c] key key ...`."""
    tells: Tells = tell_all
    if RETURNS and cursor.sees_word(b"RETURN"):
        cursor.word()
        cursor.space()
        tells = RETURNS[0](cursor)
        cursor.space()
    charset: str | None = "utf-8"
    if cursor.sees_word(b"CHARSET"):
        cursor.word()
        cursor.space()
        charset = CHARSETS.get(cursor.astring().upper())
        cursor.space()
    if cursor.ended:
        raise Bad("Missing search key")
    return Asked(tells, charset, Reader(cursor).read())


ASKED: Element[Asked] = Parsed(read_search)


@command(b"SEARCH", ASKED, states=State.SELECTED, holds_expunge=True, uid_form=True)
async def search(session: Session, asked: Asked) -> Done:
    """Find messages; the reactor and other sessions go on meanwhile."""
    if asked.charset is None:
        raise No(b"BADCHARSET (US-ASCII UTF-8)", "Unknown charset")
    view = view_of(session)
    asking = Search(session, view, asked.charset)
    uids = await run(asking, asked.program)
    modseq = None
    if asking.by_modseq:
        modseq = max((view.mailbox.modseq_of(uid) or 0 for uid in uids), default=0)
    session.untagged(asked.tells(Found(session, view, uids, modseq)))
    return Done()
