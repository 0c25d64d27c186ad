"""What is read before it is asked for: bounded, taken once, guessed from the course."""

import pytest

from mailsuite.mailbox.ahead import AT_ONCE, AT_ONCE_OCTETS, LARGEST, Ahead, Course
from mailsuite.store.placements_read import MessageRow

NEEDS = frozenset({"octets"})


def row(uid: int, octets: int = 100) -> MessageRow:
    return MessageRow(uid, uid, 0, 0, whole=b"x" * octets)


def asked(course: Course, *indexes: int, sizes: int = 100, size: int = 10) -> list[int]:
    for at in indexes:
        course.note(at)
    return course.following([size] * sizes)


def test_a_row_is_taken_once_and_only_for_the_same_needs() -> None:
    ahead, kept = Ahead(), row(1)
    ahead.keep(7, NEEDS, {1: kept})
    assert ahead.take(7, 1, frozenset({"header"})) is None
    assert ahead.take(8, 1, NEEDS) is None
    assert ahead.take(7, 1, NEEDS) is kept
    assert ahead.take(7, 1, NEEDS) is None
    assert ahead.held == 0


def test_a_row_that_is_looked_at_stays_longest() -> None:
    ahead, kept = Ahead(most=4_500), row(1)
    ahead.keep(1, NEEDS, {1: kept})
    for uid in range(2, 20):
        ahead.keep(1, NEEDS, {uid: row(uid)})
        assert ahead.look(1, 1, NEEDS) is kept
    assert ahead.look(1, 2, NEEDS) is None


@pytest.mark.threat("I12")
def test_the_oldest_go_when_there_is_no_room() -> None:
    ahead = Ahead(most=5_000)
    for uid in range(1, 100):
        ahead.keep(1, NEEDS, {uid: row(uid, 900)})
        assert ahead.held <= 5_000
    assert ahead.take(1, 1, NEEDS) is None
    assert ahead.take(1, 99, NEEDS) is not None


def test_a_row_that_is_kept_again_counts_once() -> None:
    ahead = Ahead()
    ahead.keep(1, NEEDS, {1: row(1)})
    held = ahead.held
    ahead.keep(1, NEEDS, {1: row(1)})
    assert ahead.held == held


def test_nothing_is_read_for_one_who_opens_a_message() -> None:
    assert asked(Course(), 5) == []
    assert asked(Course(), 5, 50) == []


def test_the_further_it_goes_the_more_is_read() -> None:
    assert asked(Course(), 5, 6) == [7, 8]
    assert asked(Course(), 5, 6, 7) == [8, 9, 10, 11]
    assert len(asked(Course(), *range(20))) == AT_ONCE


def test_it_goes_down_too_and_over_small_gaps() -> None:
    assert asked(Course(), 50, 49) == [48, 47]
    assert asked(Course(), 2, 1) == [0]
    assert asked(Course(), 5, 8) == [9, 10]
    assert asked(Course(), 5, 6, 5) == []


def test_no_more_is_read_than_may_be_for_nothing() -> None:
    octets = AT_ONCE_OCTETS // 4
    assert len(asked(Course(), *range(20), size=octets)) == 4
    assert asked(Course(), *range(20), size=LARGEST + 1) == []
    assert asked(Course(), 8, 9, sizes=10) == []
