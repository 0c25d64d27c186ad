"""Sessions are held for a while, a few at a time."""

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.repute.tarpit import Tarpit


def test_so_many_are_held_and_no_more() -> None:
    clock = Clock()
    tarpit = Tarpit(clock, 2)
    holding = [Deferred.fromCoroutine(tarpit.hold(5)) for _ in range(3)]
    assert [each.called for each in holding] == [False, False, True]
    clock.advance(5)
    assert all(each.called for each in holding)
    assert tarpit.held == 0


def test_all_are_let_go_when_the_host_stops() -> None:
    clock = Clock()
    tarpit = Tarpit(clock, 2)
    held = Deferred.fromCoroutine(tarpit.hold(5))
    tarpit.release()
    assert held.called
    assert clock.getDelayedCalls() == []
