"""Counts: taken back exactly, added up, bounded."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.spam.bayes import MOST_MESSAGES, Counts, Kind

NUMBERS = st.frozensets(st.integers(0, 2**32 - 1), max_size=8)
LESSONS = st.lists(st.tuples(st.sampled_from(list(Kind)), NUMBERS), max_size=6)


@settings(max_examples=15)
@given(first=LESSONS, more=LESSONS)
def test_what_is_taken_back_leaves_no_trace(
    first: list[tuple[Kind, frozenset[int]]], more: list[tuple[Kind, frozenset[int]]]
) -> None:
    counts = Counts()
    for kind, numbers in first:
        counts.teach(kind, numbers)
    before = counts.packed()
    for kind, numbers in more:
        counts.teach(kind, numbers)
    for kind, numbers in random.Random(1).sample(more, len(more)):
        counts.unteach(kind, numbers)
    assert counts.packed() == before


def test_counts_are_kept_and_read_again() -> None:
    counts = Counts()
    counts.teach(Kind.SPAM, [1, 2])
    again = Counts.unpacked(counts.packed())
    assert again.packed() == counts.packed()
    assert len(counts.packed()) <= 4 * 1024 * 1024
    with pytest.raises(ValueError, match="version"):
        Counts.unpacked(counts.packed()[:-1])


def test_two_accounts_are_added_up() -> None:
    one, other, both = Counts(), Counts(), Counts()
    one.teach(Kind.GOOD, [1, 2])
    other.teach(Kind.SPAM, [2, 3])
    both.teach(Kind.GOOD, [1, 2])
    both.teach(Kind.SPAM, [2, 3])
    one.merge(other)
    assert one.packed() == both.packed()


def test_words_speak_for_where_they_stood() -> None:
    counts = Counts()
    for _ in range(5):
        counts.teach(Kind.SPAM, [1, 9])
        counts.teach(Kind.GOOD, [2, 9])
    assert counts.score([1]) > 0 > counts.score([2])
    assert counts.score([9]) == counts.score([77]) == 0
    loudest = counts.telling([1, 9, 77], 5)
    assert [(word.number, word.good, word.spam) for word in loudest] == [(1, 0, 5)]


def test_one_kind_alone_says_nothing() -> None:
    counts = Counts()
    counts.teach(Kind.SPAM, [1])
    assert counts.score([1]) == 0
    assert counts.certainty == 0


def test_so_many_messages_are_counted_and_no_more() -> None:
    counts = Counts(good=MOST_MESSAGES)
    assert not counts.teach(Kind.GOOD, [1])
    assert counts.teach(Kind.SPAM, [1])
    with pytest.raises(OverflowError):
        counts.merge(Counts(good=1))
