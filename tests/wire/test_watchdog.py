"""The watchdog sees every turn of the reactor."""

import pytest

from mailsuite.wire.watchdog import Watchdog


class Poller:
    def __init__(self):
        self.registered = []

    def poll(self, timeout, most):
        return [(timeout, most)]

    def register(self, descriptor, flags):
        self.registered.append((descriptor, flags))


class Reactor:
    def __init__(self):
        self._poller = Poller()


def turns(*seconds):
    """A reactor whose turns take so long each."""
    now = [0.0]
    reactor, dog = Reactor(), Watchdog(clock=lambda: now[0])
    assert dog.watch(reactor)
    reactor._poller.poll(1, 2)
    for second in seconds:
        now[0] += second
        assert reactor._poller.poll(1, 2) == [(1, 2)]
    return dog


@pytest.mark.threat("R6")
def test_turns_over_fifty_milliseconds_are_counted():
    dog = turns(0.001, 0.06, 0.049, 0.2)
    assert (dog.turns, dog.holds, dog.longest_seconds) == (4, 2, pytest.approx(0.2))


def test_the_poller_is_used_as_before():
    reactor = Reactor()
    poller = reactor._poller
    Watchdog().watch(reactor)
    reactor._poller.register(3, 1)
    assert poller.registered == [(3, 1)]


def test_a_reactor_without_a_poller_is_left_alone():
    assert not Watchdog().watch(object())
