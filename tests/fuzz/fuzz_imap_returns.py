"""No octets crash the reading of RETURN, and whatever is read can be told."""

from array import array
from types import SimpleNamespace
from typing import Any

from mailsuite.imap.answers import Bad
from mailsuite.imap.door import load
from mailsuite.imap.grammar import Cursor, Unfinished
from mailsuite.imap.numbers import Numbers
from mailsuite.imap.searching.returns import RETURN_OPTIONS, Found, read_returns
from mailsuite.mailbox.generations import Generation

load()
UIDS = [3, 4, 5, 9, 11, 12]


def one_input(octets: bytes) -> None:
    """Read it as what follows RETURN; its numbers are those of six messages."""
    cursor = Cursor([b"RETURN (" + octets])
    try:
        returns = read_returns(cursor)
    except (Bad, Unfinished):
        return
    assert returns.given
    assert returns.wanted.keys() <= RETURN_OPTIONS.keys()
    assert sum(RETURN_OPTIONS[name].lists for name in returns.wanted) <= 1
    for by_uid in (False, True):
        found = _found(by_uid=by_uid)
        shown = returns.shown(found)
        assert [uid for uid in UIDS if uid in shown] == list(shown)
        assert returns.line(found).startswith(b'ESEARCH (TAG "t")')


def _found(*, by_uid: bool) -> Found:
    view: Any = SimpleNamespace(numbers=Numbers(Generation(array("I", UIDS))))
    session: Any = SimpleNamespace(tag=b"t")
    search: Any = SimpleNamespace(session=session, view=view, by_modseq=False)
    scores = dict.fromkeys(UIDS, 50)
    return Found(UIDS, search, [], scores=scores, by_uid=by_uid)
