"""Policies of other domains, kept until their time is over."""

from mailsuite.store.opening import Store
from mailsuite.store.sts_policies import (
    DAY,
    KeptPolicy,
    find_policy,
    forget_over,
    keep_policy,
    note_use,
    take_old,
)
from tests.store.letters import done

WEEK = 7 * DAY


def at(store: Store, seconds: int) -> None:
    store.writer._clock = store.readers._clock = lambda: seconds


def policy(domain: str, fetched: int, **how: str) -> KeptPolicy:
    mode = how.get("mode", "enforce")
    return KeptPolicy(domain, "1", mode, ("mx.a.test", "*.b.test"), WEEK, fetched, fetched)


def test_a_policy_holds_until_its_time_is_over_and_no_longer(store: Store) -> None:
    at(store, 1000)
    done(store.writer.run(keep_policy, policy("a.test", 1000)))
    assert done(store.readers.run(find_policy, "a.test")) == policy("a.test", 1000)
    assert done(store.readers.run(find_policy, "b.test")) is None
    at(store, 1000 + WEEK - 1)
    assert done(store.writer.run(forget_over)) == 0
    assert done(store.readers.run(find_policy, "a.test")) is not None
    at(store, 1000 + WEEK)
    assert done(store.readers.run(find_policy, "a.test")) is None
    assert done(store.writer.run(forget_over)) == 1


def test_another_policy_takes_the_place_of_the_old_one(store: Store) -> None:
    at(store, 1000)
    done(store.writer.run(keep_policy, policy("a.test", 1000)))
    done(store.writer.run(keep_policy, policy("a.test", 1001, mode="none")))
    found = done(store.readers.run(find_policy, "a.test"))
    assert (found.mode, found.fetched) == ("none", 1001)


def test_what_is_in_use_is_asked_for_again_once_a_day(store: Store) -> None:
    at(store, 1000)
    for domain in ("a.test", "b.test"):
        done(store.writer.run(keep_policy, policy(domain, 1000)))
    at(store, 1000 + DAY)
    done(store.writer.run(note_use, "a.test"))
    taken = done(store.writer.run(take_old, DAY, DAY - 1, 10))
    assert [one.domain for one in taken] == ["a.test"]
    assert done(store.writer.run(take_old, DAY, DAY - 1, 10)) == []
    at(store, 1000 + 2 * DAY)
    taken = done(store.writer.run(take_old, DAY, WEEK, 1))
    assert [one.domain for one in taken] == ["b.test"]
