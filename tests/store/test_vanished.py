"""What went since a modseq: remembered ranges, or the gaps; of neither more than there is."""

from hypothesis import given
from hypothesis import strategies as st

from mailsuite.store.flags import DELETED
from mailsuite.store.opening import Store
from mailsuite.store.placements import Span
from mailsuite.store.placements_expunge import expunge_messages
from mailsuite.store.vanished import (
    Asked,
    common,
    gaps,
    joined,
    read_vanished,
    without,
)
from tests.imap.people import now as done
from tests.store.mail import Mail

UIDS = st.sets(st.integers(1, 40)).map(sorted)
SPANS = UIDS.map(lambda uids: joined((uid, uid) for uid in uids))


def members(spans: list[Span]) -> list[int]:
    return [uid for low, high in spans for uid in range(low, high + 1)]


@given(first=SPANS, second=SPANS, uids=UIDS)
def test_ranges_are_sets(first: list[Span], second: list[Span], uids: list[int]) -> None:
    """Beside sets of numbers; what comes out is rising, and no two touch."""
    assert members(common(first, second)) == sorted({*members(first)} & {*members(second)})
    assert members(without(first, uids)) == sorted({*members(first)} - {*uids})
    assert members(gaps(uids, 40)) == sorted({*range(1, 41)} - {*uids})
    assert joined(common(first, second)) == common(first, second)


def test_nothing_has_no_gaps() -> None:
    assert gaps([], 0) == []
    assert gaps([], 3) == [(1, 3)]


def went(store: Store, mailbox: int, asked: Asked, most: int = 100) -> list[Span]:
    spans: list[Span] = done(store.readers.run(read_vanished, mailbox, asked, most))
    return spans


def test_remembered_ranges_are_read_and_of_too_many_the_gaps_are_told(store: Store) -> None:
    """The answer about the later half is exact; beyond `most` it is all that ever went."""
    mail = Mail(store)
    mail.put(9, flags=DELETED)
    box = mail.inbox
    for spans in ([(2, 3)], [(7, 7)], [(5, 5)]):
        done(store.writer.run(expunge_messages, box, spans))
    present = [1, 4, 6, 8, 9]
    everything = [(1, 9)]
    assert went(store, box, Asked(0, present, everything)) == [(2, 3), (5, 5), (7, 7)]
    assert went(store, box, Asked(3, present, everything)) == [(5, 5), (7, 7)]
    assert went(store, box, Asked(3, present, [(1, 5)])) == [(5, 5)]
    assert went(store, box, Asked(4, present, everything)) == [(5, 5)]
    assert went(store, box, Asked(5, present, everything)) == []
    # Of two ranges at most, three are too many.
    assert went(store, box, Asked(0, present, everything), 2) == [(2, 3), (5, 5), (7, 7)]
    assert went(store, box, Asked(0, present, [(3, 6)]), 1) == [(3, 3), (5, 5)]


def test_what_the_asker_still_counts_is_not_told(store: Store) -> None:
    mail = Mail(store)
    mail.put(4, flags=DELETED)
    done(store.writer.run(expunge_messages, mail.inbox, [(1, 3)]))
    assert went(store, mail.inbox, Asked(0, [2, 4], [(1, 4)])) == [(1, 1), (3, 3)]
    assert went(store, mail.inbox, Asked(0, [2, 4], [(1, 4)]), 0) == [(1, 1), (3, 3)]
