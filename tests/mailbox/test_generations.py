"""Generations: what somebody counts by is kept, and nothing else."""

import random
from array import array

import pytest

from mailsuite.mailbox.generations import Generation


def chain(first: Generation) -> int:
    """How many generations are kept from this one on."""
    kept, at = 1, first
    while at.next is not None:
        kept, at = kept + 1, at.next
    return kept


def without(newest: Generation, *removed: int, until: int = 0) -> Generation:
    """The next generation, as the shared view makes it at an expunge."""
    left = array("I", [uid for uid in newest.uids if uid not in removed])
    following = Generation(left)
    newest.followed(following, removed, until)
    return following


@pytest.mark.threat("I12")
def test_a_session_that_sleeps_keeps_one_generation_and_what_went_of_it() -> None:
    """A thousand expunges under it, and of messages that came meanwhile: it costs no more."""
    held = newest = Generation(array("I", range(1, 101)))
    held.hold()
    for uid in range(101, 1_101):
        newest.uids.append(uid)
        newest = without(newest, uid, *([uid - 100] if uid < 151 else []), until=uid)
    assert chain(held) == 2
    assert sorted(held.removed) == [*range(1, 51), 101], "101 stood there, untold"
    assert held.until == 101, "before the first of them went"
    assert held.newest() is newest


def test_who_moves_on_lets_the_middle_go() -> None:
    first = Generation(array("I", [1, 2, 3, 4]))
    first.hold()
    second = without(first, 2)
    second.hold()
    third = without(second, 3)
    assert chain(first) == 3
    second.release()
    assert chain(first) == 2
    assert sorted(first.removed_since()) == [2, 3]
    first.release()
    assert first.newest() is third


@pytest.mark.parametrize("seed", range(10))
def test_whoever_counts_hears_of_all_that_went(seed: int) -> None:
    rng = random.Random(seed)
    newest = Generation(array("I", range(1, 60)))
    holders: list[tuple[Generation, int]] = []
    top = 60
    for _ in range(200):
        chance = rng.random()
        if chance < 0.3:
            newest.hold()
            holders.append((newest, newest.uids[-1] if newest.uids else 0))
        elif chance < 0.5 and holders:
            held, _last = holders.pop(rng.randrange(len(holders)))
            held.release()
        elif newest.uids:
            newest.uids.append(top := top + 1)
            newest = without(newest, *rng.sample(list(newest.uids), 1))
    for held, last in holders:
        known = [uid for uid in held.uids if uid <= last]
        gone = {uid for uid in held.removed_since() if uid <= last}
        assert gone == set(known) - set(newest.uids)
    assert all(chain(held) <= len(holders) + 1 for held, _ in holders)
