"""QRESYNC (RFC 7162 §3.2): all that the suite knows of it but VANISHED lines themselves."""

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from itertools import accumulate

from attrs import frozen

from mailsuite.imap.answers import Bad
from mailsuite.imap.elements import STAR, SequenceSet, parsed_by, read_sequence_set
from mailsuite.imap.fetch.answer import jobs
from mailsuite.imap.fetch.asked import Applied, Asked, fetch_modifier
from mailsuite.imap.grammar import LARGEST64, Cursor
from mailsuite.imap.numbers import NO_NUMBERS
from mailsuite.imap.ports import Manner, Session, State
from mailsuite.imap.tables import advertise, enables, select_parameter, tells
from mailsuite.imap.telling import vanished_earlier
from mailsuite.imap.view import CONDSTORE, SelectedView, tell_highest, view_of
from mailsuite.mailbox.reading import read_ahead
from mailsuite.mailbox.since import find_changed_of, find_vanished
from mailsuite.store.placements import Span
from mailsuite.store.vanished import common

QRESYNC = b"QRESYNC"

advertise(QRESYNC, states=State.AUTHENTICATED)
tells(QRESYNC, Manner.UIDS | Manner.MODSEQS | Manner.VANISHED)


@enables(QRESYNC)
def enable(session: Session) -> None:
    """VANISHED instead of EXPUNGE from now on; CONDSTORE is a part of it (RFC 7162 §3.2.3)."""
    if CONDSTORE not in session.enabled:
        session.enabled.add(CONDSTORE)
        tell_highest(session)


class Members:
    """The members of rising ranges by their place; nothing is made of `1:4294967295`."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._ends = list(accumulate(high - low + 1 for low, high in spans))

    def __len__(self) -> int:
        return self._ends[-1]

    def __getitem__(self, place: int) -> int:
        at = bisect_right(self._ends, place)
        return self._spans[at][1] + 1 - (self._ends[at] - place)


@frozen
class Matches:
    """Message numbers that a client remembers, with their UIDs (RFC 7162 §3.2.5.2)."""

    numbers: Sequence[Span]
    uids: Sequence[Span]

    def up_to(self, view: SelectedView) -> int:
        """The last UID that still has its number: of all that went before it, the client knows."""
        numbers, uids = Members(self.numbers), Members(self.uids)
        # Of a message that keeps its number, those before it keep theirs.
        low, high = 0, min(len(numbers), len(uids))
        while low < high:
            middle = (low + high) // 2
            if view.numbers.of(uids[middle]) == numbers[middle]:
                low = middle + 1
            else:
                high = middle
        return uids[low - 1] if low else 0


@frozen
class Known:
    """What a client remembers of a mailbox (RFC 7162 §3.2.5); of uids None, all there were."""

    uidvalidity: int
    modseq: int
    uids: SequenceSet | None
    matches: Matches | None


def read_known(cursor: Cursor) -> Known:
    """Read `(uidvalidity modseq [known-uids] [(numbers uids)])` (RFC 7162 §7).

    A modseq of 0 is none, and programs send it that never got one: everything.
    """
    cursor.enter()
    uidvalidity = cursor.number()
    if not uidvalidity:
        raise Bad("UIDVALIDITY is not 0")
    cursor.space()
    modseq = cursor.number(LARGEST64)
    uids: SequenceSet | None = None
    matches: Matches | None = None
    if cursor.sees(b" ") and not cursor.sees(b" ("):
        cursor.space()
        uids = _read_plain_set(cursor)
    if cursor.sees(b" ("):
        cursor.space()
        cursor.enter()
        numbers = _read_rising_set(cursor)
        cursor.space()
        matches = Matches(numbers, _read_rising_set(cursor))
        _leave(cursor)
    _leave(cursor)
    return Known(uidvalidity, modseq, uids, matches)


def _leave(cursor: Cursor) -> None:
    if not cursor.leave():
        raise Bad("Expected ')'")


def _read_plain_set(cursor: Cursor) -> SequenceSet:
    found = read_sequence_set(cursor)
    if found.saved or any(STAR in pair for pair in found.ranges):
        raise Bad('No "*" and no "$" stands here')
    return found


def _read_rising_set(cursor: Cursor) -> list[Span]:
    spans = list(_read_plain_set(cursor).ranges)
    ends = [end for span in spans for end in span]
    if ends != sorted(ends):
        raise Bad("Not in ascending order")
    return spans


@select_parameter(QRESYNC, parsed_by(read_known))
def select_qresync(session: Session, known: Known) -> Callable[[SelectedView], Awaitable[None]]:
    """SELECT INBOX (QRESYNC (...)) tells what changed since (RFC 7162 §3.2.5).

    Raises:
        Bad: it was not enabled; or message numbers are off (RFC 9586 §3).
    """
    _demand(session)
    if known.matches is not None and Manner.UNNUMBERED in session.manner:
        raise Bad("Message numbers are off, use UIDs", NO_NUMBERS)
    return partial(_resync, session, known)


def _demand(session: Session) -> None:
    if QRESYNC not in session.enabled:
        raise Bad("ENABLE QRESYNC first")


async def _resync(session: Session, known: Known, view: SelectedView) -> None:
    mailbox = view.mailbox
    if known.uidvalidity != mailbox.row.uidvalidity:
        return  # the client sees it, and begins anew
    within = [(1, mailbox.row.uidnext - 1)]
    if known.uids is not None:
        within = common(known.uids.spans(0), within)
    matched = known.matches.up_to(view) if known.matches is not None else 0
    await _tell_vanished(session, view, known.modseq, common(within, [(matched + 1, 1 << 32)]))
    wanted = view.numbers.uids
    if known.uids is not None:
        wanted = view.numbers.resolve(known.uids, by_uid=True)
    changed = await find_changed_of(mailbox, known.modseq, wanted)
    asked = Asked()
    for name in (b"UID", b"FLAGS", b"MODSEQ"):
        asked.add(name)
    async with aclosing(read_ahead(mailbox, jobs(view, changed, asked))) as answers:
        async for answer in answers:
            session.write(answer.octets)
            await session.drained()


async def _tell_vanished(
    session: Session, view: SelectedView, since: int, within: Sequence[Span]
) -> None:
    if not within or since >= view.mailbox.row.modseq:
        return
    spans = await find_vanished(view.mailbox, since, view.numbers.uids, within)
    for line in vanished_earlier(spans):
        session.write(line)
        await session.drained()


@fetch_modifier(b"VANISHED")
def fetch_vanished(cursor: Cursor) -> Applied:
    """UID FETCH tells of what went, before all else (RFC 7162 §3.2.6)."""
    del cursor

    def apply(session: Session, asked: Asked) -> None:
        _demand(session)
        if not session.by_uid:
            raise Bad("VANISHED is for UID FETCH")
        asked.first.append(_fetch_vanished)

    return apply


async def _fetch_vanished(session: Session, asked: Asked) -> None:
    view = view_of(session)
    if asked.changed_since is None:
        raise Bad("VANISHED is for CHANGEDSINCE")
    if view.written is None or view.written.saved:
        return  # of "$" none has gone that could be named
    last = view.mailbox.row.uidnext - 1
    # "*" is the last UID that there was: the message may be among those that went.
    within = common(view.written.spans(max(last, 1)), [(1, last)])
    await _tell_vanished(session, view, asked.changed_since, within)
