"""Sessions are held for a while, a few at a time."""

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.repute.tarpit import Tarpit


def test_so_many_are_held_and_no_more() -> None:
    clock, ended = Clock(), []
    tarpit = Tarpit(clock, 2)
    for n in range(3):
        Deferred.fromCoroutine(tarpit.hold(5)).addCallback(lambda _, n=n: ended.append(n))
    assert ended == [2]
    clock.advance(5)
    assert sorted(ended) == [0, 1, 2]
    assert tarpit.held == 0


def test_all_are_let_go_when_the_host_stops() -> None:
    clock, ended = Clock(), []
    tarpit = Tarpit(clock, 2)
    Deferred.fromCoroutine(tarpit.hold(5)).addCallback(ended.append)
    tarpit.release()
    assert ended == [None]
    assert clock.getDelayedCalls() == []
