"""The counts behind the limits: the same in one process and over several workers."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from mailsuite.wire import tallies
from mailsuite.wire.board import Board
from mailsuite.wire.tallies import HOUR, LocalTallies, SharedTallies, Tallies, Window

Pair = tuple[Tallies, Tallies]


def two_workers(seconds: Callable[[], float]) -> tuple[Board, Pair]:
    supervisor = Board.make(2)
    each = [SharedTallies(Board(supervisor.descriptor, n, 2), seconds) for n in (1, 2)]
    return supervisor, (each[0], each[1])


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.advance(10_000)
    return clock


@pytest.fixture(params=["one process", "two workers"])
def both(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Pair]:
    """Two doors of one host: of the same process, or of two."""
    if request.param == "one process":
        local = LocalTallies(clock.seconds)
        yield local, local
    else:
        yield two_workers(clock.seconds)[1]


@pytest.mark.threat("A1")
def test_what_happened_counts_for_an_hour_wherever_it_did(both: Pair, clock: Clock) -> None:
    here, there = both
    for _ in range(3):
        here.note(("address", "192.0.2.1"))
        there.note(("address", "192.0.2.1"))
    assert here.noted(("address", "192.0.2.1")) == there.noted(("address", "192.0.2.1")) == 6
    assert here.noted(("address", "192.0.2.2")) == 0
    clock.advance(HOUR.seconds)
    assert here.noted(("address", "192.0.2.1")) == 0
    there.note(("address", "192.0.2.1"))
    assert here.noted(("address", "192.0.2.1")) == 1


def test_each_window_ends_by_itself(both: Pair, clock: Clock) -> None:
    """A day's count does not begin anew because the minute of the same source is over."""
    here, there = both
    for window in Window:
        here.note(("messages", "192.0.2.1"), window)
    clock.advance(60)
    assert [there.noted(("messages", "192.0.2.1"), window) for window in Window] == [0, 1, 1]
    clock.advance(3_600)
    assert [here.noted(("messages", "192.0.2.1"), window) for window in Window] == [0, 0, 1]
    clock.advance(86_400)
    assert here.noted(("messages", "192.0.2.1"), Window.DAY) == 0


def test_what_stands_counts_until_it_ends(both: Pair) -> None:
    here, there = both
    here.begin(("from", "192.0.2.1"))
    there.begin(("from", "192.0.2.1"))
    assert here.standing(("from", "192.0.2.1")) == 2
    here.end(("from", "192.0.2.1"))
    assert there.standing(("from", "192.0.2.1")) == 1
    there.end(("from", "192.0.2.1"))
    assert here.standing(("from", "192.0.2.1")) == 0


@pytest.mark.threat("A2")
def test_who_signed_in_at_one_worker_is_known_at_all(both: Pair) -> None:
    here, there = both
    assert not there.remembers(("ann@example.test", "192.0.2.1"))
    here.remember(("ann@example.test", "192.0.2.1"))
    assert there.remembers(("ann@example.test", "192.0.2.1"))
    assert not there.remembers(("ann@example.test", "192.0.2.2"))


def test_of_a_dead_worker_nothing_stands_and_its_failures_stay(clock: Clock) -> None:
    """A crash frees the connections, and gives an attacker nothing back."""
    supervisor, (here, there) = two_workers(clock.seconds)
    for _ in range(3):
        there.begin(("all",))
        there.note(("account", "ann"))
    here.begin(("all",))
    supervisor.bury(2)
    assert here.standing(("all",)) == 1
    assert here.noted(("account", "ann")) == 3


@given(events=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 300)), max_size=400))
def test_no_count_of_several_workers_is_too_low(events: list[tuple[int, int]]) -> None:
    """Two keys may share a place; then both are slowed down sooner, and never later."""
    both = two_workers(lambda: 10_000.0)[1]
    exact = LocalTallies(lambda: 10_000.0)
    for worker, key in events:
        both[worker].note((key,))
        exact.note((key,))
        both[worker].begin((key,))
        exact.begin((key,))
    for key in range(300):
        assert both[0].noted((key,)) >= exact.noted((key,))
        assert both[1].standing((key,)) >= exact.standing((key,))
    total = sum(both[0].noted((key,)) - exact.noted((key,)) for key in range(300))
    assert total <= 2, "two keys in both places: once in some millions of runs"


@pytest.mark.threat("S17")
def test_no_flood_of_strangers_makes_the_tables_grow(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "COUNTS", 50)
    monkeypatch.setattr(tallies, "REMEMBERED", 20)
    local = LocalTallies(clock.seconds)
    for n in range(500):
        local.note(("address", n))
        local.remember(("ann", n))
    assert local.held == 70
    assert local.noted(("address", 499)) == 1
    assert local.remembers(("ann", 499))
