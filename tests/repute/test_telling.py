"""Refusals are rows for the operator, and no stranger fills the store with them (S17, R11)."""

import pytest
from twisted.internet.task import Clock

from mailsuite.repute import telling
from mailsuite.repute.telling import Telling
from mailsuite.store.events import Event
from mailsuite.store.opening import Store
from mailsuite.store.schema import event
from mailsuite.wire.link import Peer
from tests.store.letters import rows


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.advance(1_000)
    return clock


def words(store: Store) -> list[tuple[str, str, str]]:
    return [(row.trace, row.who, row.words) for row in rows(store, event)]


def test_rows_wait_for_each_other_and_are_written_together(store: Store, clock: Clock) -> None:
    told = Telling(store, clock)
    told.tell("t1", Peer("192.0.2.1"), Event("refused", "a@x.test", "550 one"))
    told.tell("t2", Peer("192.0.2.2"), Event("refused", "b@x.test", "550 two"))
    assert words(store) == []
    clock.advance(1)
    assert words(store) == [("t1", "a@x.test", "550 one"), ("t2", "b@x.test", "550 two")]
    assert clock.getDelayedCalls() == []


@pytest.mark.threat("S17")
def test_of_a_flood_a_share_is_told_and_the_rest_is_counted(store: Store, clock: Clock) -> None:
    told = Telling(store, clock)
    for n in range(10_000):
        told.tell("t1", Peer(f"192.0.2.{n % 256}"), Event("refused", "", "550 no"))
    told.tell("t2", Peer("198.51.100.1"), Event("refused", "", "550 other"))
    clock.advance(1)
    assert len(words(store)) == telling.OF_NETWORK + 1
    clock.advance(60)
    told.tell("t3", Peer("198.51.100.1"), Event("refused", "", "550 later"))
    clock.advance(1)
    assert words(store)[-2:] == [
        ("", "192.0.2.0/24", "9940 more refusals within a minute"),
        ("t3", "", "550 later"),
    ]


@pytest.mark.threat("S17")
def test_many_networks_have_one_share_together(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "NETWORKS", 2)
    told = Telling(store, clock)
    for n in range(200):
        told.tell("t1", Peer(f"198.51.{n}.1"), Event("refused", "", "550 no"))
    told.flush()
    assert len(words(store)) == 2 + telling.OF_NETWORK + 1
    assert words(store)[-1] == ("", "others", "138 more refusals within a minute")
