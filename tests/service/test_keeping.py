"""The keeper's rounds: lists are tested, stories found by name, and nothing waits at the end."""

from pathlib import Path

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.config import parse
from mailsuite.repute.settings import DnsList
from mailsuite.service import keeping
from mailsuite.service.keeping import Rounds, make_keeper
from mailsuite.store.events import Event, record_events
from mailsuite.store.opening import Store
from mailsuite.store.schema_story import event_key
from mailsuite.wire.tallies import LocalTallies
from tests.repute.conftest import Zone
from tests.store.letters import done, rows

TEXT = """
hostname = "mail.example.test"
data_dir = "var"
[repute]
lists = ["bad.test ipv4 *=5"]
"""


class NoIntake:
    async def report(self, recipient: str, message: bytes, trace: str) -> None:
        raise AssertionError(recipient)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rounds(store: Store, clock: Clock) -> Rounds:
    zone = Zone()
    zone.add("2.0.0.127.bad.test", "A", "127.0.0.2")
    config = parse(TEXT, Path("mailsuite.toml"))
    tallies = LocalTallies(clock.seconds)
    keeper = make_keeper(config, clock, store, NoIntake(), zone, tallies)  # type: ignore[arg-type]
    return Rounds(keeper, store, clock)


def test_lists_are_tested_at_start_and_each_hour(rounds: Rounds, clock: Clock) -> None:
    lists: tuple[DnsList, ...] = rounds.keeper._settings.repute.lists
    assert rounds.keeper.health.well(lists) == []
    rounds.start()
    assert rounds.keeper.health.well(lists) == list(lists)
    rounds.keeper.health.failed("bad.test", "it answers 198.51.100.1")
    assert rounds.keeper.health.well(lists) == []
    clock.advance(keeping.TEST_SECONDS)
    assert rounds.keeper.health.well(lists) == list(lists)
    rounds.stop()
    assert clock.getDelayedCalls() == []


def test_stories_are_indexed_while_little_comes(
    rounds: Rounds, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "FAST", 2)
    rounds.index()
    told = [("t1", Event("refused", "a@x.test", ""))] * 3
    done(store.writer.run(record_events, told))
    clock.advance(keeping.INDEX_SECONDS)
    assert rows(store, event_key) == []
    clock.advance(keeping.INDEX_SECONDS)
    assert len(rows(store, event_key)) == 3
    rounds.stop()


def test_whoever_is_held_is_let_go_at_the_end(rounds: Rounds, clock: Clock) -> None:
    rounds.start()
    held = Deferred.fromCoroutine(rounds.keeper.hold(10))
    assert not held.called
    rounds.stop()
    assert held.called
    assert clock.getDelayedCalls() == []
