"""SORT and UID SORT (RFC 5256 §3): a search whose outcome comes in order.

RETURN after SORT is ESORT's (RFC 5267 §3): the options are those of SEARCH, in the order asked
for.
"""

from collections.abc import Sequence
from functools import partial

from attrs import frozen

from mailsuite.imap.commands.search import CHARSETS, Criteria, find
from mailsuite.imap.elements import Element, Parsed
from mailsuite.imap.registry import Bad, Cursor, Done, Session, State, advertise, command
from mailsuite.imap.searching.program import Reader, Search
from mailsuite.imap.searching.returns import Found, Returns, highest_modseq, read_returns
from mailsuite.imap.tables import once
from mailsuite.imap.view import SelectedView, view_of
from mailsuite.mailbox.orders import Criteria as SortCriteria
from mailsuite.mailbox.orders import Criterion
from mailsuite.mailbox.scoring import SCORE, sorted_by_score
from mailsuite.mailbox.sorting import sorted_uids

LARGEST_CRITERIA = 20  # of one sort, REVERSE not counted: there are ten keys
SORT_KEYS: dict[bytes, str] = {}


def sort_key(name: bytes, column: str) -> None:
    """Register a sort criterion: the column of `mailbox.orders` that it sorts by."""
    once(SORT_KEYS, name, column)


for _name, _column in {
    b"ARRIVAL": "arrival",
    b"CC": "cc_mailbox",
    b"DATE": "sent",
    b"FROM": "from_mailbox",
    b"SIZE": "size",
    b"SUBJECT": "subject",
    b"TO": "to_mailbox",
}.items():
    sort_key(_name, _column)


@frozen
class Asked:
    """A sort as it was written."""

    returns: Returns
    order: SortCriteria
    criteria: Criteria


def read_order(cursor: Cursor) -> SortCriteria:
    """Read `(REVERSE DATE SUBJECT ...)`. Raises `Bad`: no such key, or too many."""
    cursor.enter()
    found: dict[str, Criterion] = {}
    for _ in range(LARGEST_CRITERIA):
        name = cursor.word()
        reverse = name == b"REVERSE"
        if reverse:
            cursor.space()
            name = cursor.word()
        column = SORT_KEYS.get(name)
        if column is None:
            raise Bad("Unknown sort criterion")
        # Messages that a key has told apart it tells apart no further: only its first place counts.
        found.setdefault(column, Criterion(column, reverse))
        if cursor.leave():
            return tuple(found.values())
        cursor.space()
    raise Bad("Too many sort criteria")


def read_searched(cursor: Cursor) -> Criteria:
    """Read the charset, which must be there (RFC 5256 §3), and the search keys.

    Once the client has said that it speaks UTF-8 only that is as good as none (RFC 9755 §3).
    """
    charset = cursor.astring().upper()
    cursor.space()
    if cursor.ended:
        raise Bad("Missing search key")
    return Criteria(Reader(cursor).read(), CHARSETS.get(charset), named=charset != b"UTF-8")


def read_sort(cursor: Cursor) -> Asked:
    """Read `[RETURN (...)] (criteria) charset key key ...`."""
    returns = read_returns(cursor)
    order = read_order(cursor)
    cursor.space()
    return Asked(returns, order, read_searched(cursor))


ASKED: Element[Asked] = Parsed(read_sort)


async def _ranked(search: Search, order: SortCriteria, uids: Sequence[int]) -> list[int]:
    mailbox = search.view.mailbox
    if all(one.name != SCORE for one in order):
        return await sorted_uids(mailbox, uids, order)
    if search.scores is None:
        raise Bad("RELEVANCY is of a FUZZY search")
    return await sorted_by_score(mailbox, uids, order, search.scores)


async def find_sorted(session: Session, view: SelectedView, asked: Asked) -> Found:
    """Search, and put what was found into the order asked for.

    Raises:
        Bad, No: as `find`.
    """
    found = await find(session, view, asked.criteria)
    found.ranked = partial(_ranked, found.search, asked.order)
    found.uids = await found.ranked(found.uids)
    return found


@command(b"SORT", ASKED, states=State.SELECTED, holds_expunge=True, uid_form=True)
async def sort(session: Session, asked: Asked) -> Done:
    """Find messages and tell them in order (RFC 5256 §3)."""
    view = view_of(session)
    if asked.returns.given:
        return await asked.returns.answer(session, partial(find_sorted, session, view, asked), line)
    # IMAP4rev2 changes the answer of SEARCH, not of SORT.
    found = await find_sorted(session, view, asked)
    told, end = found.told(found.uids), _modseq(found)
    session.untagged(await view.mailbox.read(lambda _: _line(told) + end))
    return Done(found.code)


def line(found: Found) -> bytes:
    """The SORT response (RFC 5256 §4), with MODSEQ where asked by it (RFC 7162 §7)."""
    return _line(found.told(found.uids)) + _modseq(found)


def _modseq(found: Found) -> bytes:
    if not (found.search.by_modseq and found.uids):
        return b""
    return b" (MODSEQ %d)" % highest_modseq(found, found.uids)


def _line(told: Sequence[int]) -> bytes:
    return " ".join(["SORT", *map(str, told)]).encode("ascii")


advertise(b"SORT", states=State.AUTHENTICATED)
advertise(b"ESORT", states=State.AUTHENTICATED)
