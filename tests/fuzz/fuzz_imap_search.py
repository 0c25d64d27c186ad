"""No octets crash the reading of search keys; what is read is bound and looked at, piece by piece."""

from array import array
from types import SimpleNamespace
from typing import Any

from mailsuite.errors import MailError
from mailsuite.imap.answers import Bad, No
from mailsuite.imap.commands.search import read_criteria
from mailsuite.imap.door import load
from mailsuite.imap.grammar import Cursor, Unfinished
from mailsuite.imap.numbers import Numbers
from mailsuite.imap.ports import Manner
from mailsuite.imap.searching.looking import decided
from mailsuite.imap.searching.program import Named, Search
from mailsuite.imap.searching.run import bind
from mailsuite.imap.searching.truth import Bound, Letters, Level, Looking, Sheet, Test, depth
from mailsuite.mailbox.generations import Generation
from mailsuite.message.searchable import Searchable

load()
UIDS = [3, 4, 5, 9, 11, 12]
COLUMNS = ("flags", "modseqs", "sizes", "message_ids", "internal_dates", "saved_dates", "ages")
SHEET = Sheet(
    {"uids": array("I", UIDS), **{name: array("q", [n * 7 for n in UIDS]) for name in COLUMNS}}
)
LETTERS = [
    Searchable.of(
        b"",
        b"Subject: letter %d\r\nDate: Mon, 1 Jan 2024 12:00:00 +0000\r\n\r\nabc %d\r\n" % (n, n),
    )
    for n in UIDS
]


def one_input(octets: bytes) -> list[int] | None:
    """Search six messages; None: it is no search."""
    try:
        criteria = read_criteria(Cursor([octets]))
        if any(isinstance(step, Named) for step in criteria.program):
            return None  # a filter: there is none
        bound = bind(_search(criteria.charset or "utf-8"), criteria.program)
    except (Bad, No, Unfinished, MailError):
        return None
    assert 0 < depth(bound) <= len(bound)
    if any(isinstance(step, Test) and step.level and not step.reads for step in bound):
        return None  # a row of the store is asked
    found = _found(bound, SHEET, LETTERS)
    for at, uid in enumerate(UIDS):
        alone = _found(bound, SHEET.cut(at, at + 1), LETTERS[at : at + 1])
        assert alone == [uid] * (uid in found)
    return found


def _found(bound: Bound, sheet: Sheet, letters: list[Searchable]) -> list[int]:
    looking = Looking(Level.OCTETS, sheet, lambda: False, Letters(letters, lambda: False))
    found, left = decided(looking, bound)
    assert not any(left)
    return found


def _search(charset: str) -> Search:
    row = SimpleNamespace(modseq=9, uidnext=13)
    mailbox: Any = SimpleNamespace(row=row, keywords={20: "$Work"}, id=1)
    view: Any = SimpleNamespace(numbers=Numbers(Generation(array("I", UIDS))), mailbox=mailbox)
    session: Any = SimpleNamespace(enabled=set(), manner=Manner.MODSEQS)
    return Search(session, view, charset)
