"""Message numbers of one client, beside a list that is told the same."""

from array import array

import pytest

from mailsuite.imap.answers import Bad
from mailsuite.imap.elements import STAR, SequenceSet
from mailsuite.imap.numbers import FEW, Numbers
from mailsuite.mailbox.generations import Generation


def numbers(*uids: int) -> Numbers:
    return Numbers(Generation(array("I", uids)))


def without(generation: Generation, *removed: int) -> Generation:
    """The next generation, as the shared view makes it at an expunge."""
    left = array("I", [uid for uid in generation.uids if uid not in removed])
    generation.removed, generation.next = list(removed), Generation(left)
    return generation.next


def test_a_message_that_was_appended_has_no_number_before_exists_is_told() -> None:
    shown = numbers(10, 20)
    shown.generation.uids.append(30)
    assert (shown.count, list(shown.uids), shown.last, shown.of(30)) == (2, [10, 20], 20, 0)
    assert shown.grow()
    assert (shown.count, list(shown.uids), shown.last, shown.of(30)) == (3, [10, 20, 30], 30, 3)
    assert not shown.grow()


def test_numbers_stand_until_the_expunges_are_told() -> None:
    shown = numbers(10, 20, 30, 40, 50)
    without(without(shown.generation, 20, 40), 50)
    assert [shown.of(uid) for uid in (10, 20, 30, 40, 50)] == [1, 2, 3, 4, 5]
    client = [10, 20, 30, 40, 50]
    going = shown.going()
    for number in shown.places(going):
        del client[number - 1]
    shown.follow()
    assert client == [10, 30] == list(shown.uids)
    assert [shown.of(uid) for uid in (10, 20, 30, 40)] == [1, 0, 2, 0]


def test_exists_waits_for_the_expunges() -> None:
    shown = numbers(10, 20)
    without(shown.generation, 10).uids.append(30)
    assert not shown.grow(), "3 EXISTS would count a message that is gone"
    assert list(shown.places(shown.going())) == [1]
    shown.follow()
    assert shown.grow()
    assert list(shown.uids) == [20, 30]


def test_what_came_and_went_untold_is_never_told() -> None:
    shown = numbers(10)
    shown.generation.uids.append(20)
    without(shown.generation, 20)
    assert shown.going() == []
    shown.follow()
    assert list(shown.uids) == [10]


@pytest.mark.parametrize("count", [FEW - 1, FEW + 1])
def test_numbers_of_few_and_of_many(count: int) -> None:
    shown = numbers(*range(2, 3 * FEW, 2))
    asked = range(1, 1 + count)  # every other one is unknown
    assert shown.of_all(asked) == list(range(1, count // 2 + 1))


@pytest.mark.parametrize(
    ("pair", "by_uid", "uids"),
    [
        ((1, 2), False, [10, 20]),
        ((2, STAR), False, [20, 30]),
        ((STAR, STAR), False, [30]),
        ((11, 29), True, [20]),
        ((99, STAR), True, [30]),  # the last one, whatever the first (RFC 3501 §6.4.8)
        ((1, 9), True, []),
    ],
)
def test_a_set_becomes_uids(pair: tuple[int, int], by_uid: bool, uids: list[int]) -> None:
    assert list(numbers(10, 20, 30).resolve(SequenceSet((pair,)), by_uid=by_uid)) == uids


def test_a_number_that_does_not_exist_is_refused_and_a_uid_is_not() -> None:
    shown = numbers(10, 20, 30)
    with pytest.raises(Bad):
        shown.resolve(SequenceSet(((3, 4),)), by_uid=False)
    assert not shown.resolve(SequenceSet(((31, 40),)), by_uid=True)


def test_of_an_empty_mailbox_only_the_star_may_be_asked_for() -> None:
    everything, first = SequenceSet(((1, STAR),)), SequenceSet(((1, 1),))
    assert not numbers().resolve(everything, by_uid=False)
    assert not numbers().resolve(first, by_uid=True)
    with pytest.raises(Bad):
        numbers().resolve(first, by_uid=False)
    assert (numbers().last, list(numbers().uids)) == (0, [])
