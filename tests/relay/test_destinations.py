"""What is remembered of destinations."""

import pytest
from twisted.internet.task import Clock

from mailsuite.relay.destinations import CROWDED_SECONDS, REMEMBERED, Destinations, Reached
from mailsuite.relay.settings import RelaySettings
from tests.relay.world import with_limits

SETTINGS = with_limits(
    RelaySettings("us.test"), relay_connections=10, relay_connections_per_destination=3
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(clock: Clock) -> Destinations:
    return Destinations(SETTINGS, clock.seconds, lambda: 0.5)


def test_more_at_once_only_after_success(known: Destinations) -> None:
    for allowed in (1, 2, 3, 3):
        for _ in range(allowed):
            assert "a.test" not in known.busy()
            known.start("a.test")
        assert known.busy() == ["a.test"]
        for _ in range(allowed):
            known.proven("a.test")
            known.end("a.test", Reached.YES)
    assert (known.running, known.room) == (0, 10)


def test_a_failure_pauses_as_the_schedule_says(known: Destinations, clock: Clock) -> None:
    for pause in (300, 900, 1_800, 3_600, 3_600):
        known.start("a.test")
        known.end("a.test", Reached.NO)
        assert known.next_pause_end(clock.seconds()) == clock.seconds() + pause
        clock.advance(pause - 1)
        assert known.busy() == ["a.test"]
        clock.advance(1)
        assert known.busy() == []
    known.start("a.test")
    known.end("a.test", Reached.YES)
    assert known.suspects() == []


def test_the_operators_hurry_ends_pauses(known: Destinations) -> None:
    known.start("a.test")
    known.end("a.test", Reached.NO)
    known.hurry()
    assert known.busy() == []


@pytest.mark.threat("S19")
def test_those_who_failed_share_half(known: Destinations, clock: Clock) -> None:
    names = [f"d{n}.test" for n in range(8)]
    for name in names:
        known.start(name)
        known.end(name, Reached.NO)
    clock.advance(300)
    for name in names[:3]:
        known.start(name)
    assert (known.room, known.suspect_room) == (7, 2)
    known.end(names[0], Reached.YES)
    assert known.suspect_room == 3


@pytest.mark.threat("S17")
def test_no_more_is_remembered_than_may_be(known: Destinations) -> None:
    for n in range(REMEMBERED + 10):
        known.start(f"d{n}.test")
        known.end(f"d{n}.test", Reached.YES)
    known.busy()
    assert len(known._known) <= REMEMBERED


@pytest.mark.threat("S19")
def test_waits_of_destinations_that_failed_together_differ(clock: Clock) -> None:
    ends = []
    for draw in (float, lambda: 1.0):
        known = Destinations(SETTINGS, clock.seconds, draw)
        known.start("a.test")
        known.end("a.test", Reached.NO)
        ends.append(known.next_pause_end(clock.seconds()))
    assert ends == [270, 330]


def test_no_more_is_asked_of_a_host_than_it_lets_stand(known: Destinations, clock: Clock) -> None:
    """It takes two connections and no third: that is no failure, and is not asked again soon."""
    for _ in range(2):
        known.start("a.test")
        known.proven("a.test")
    known.start("a.test")
    known.end("a.test", Reached.CROWDED)
    assert known.suspects() == []
    assert known.busy() == ["a.test"]
    known.proven("a.test")
    assert known.busy() == ["a.test"]
    clock.advance(CROWDED_SECONDS)
    known.proven("a.test")
    assert known.busy() == []
