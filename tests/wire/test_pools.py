"""Threads with a bounded queue: what is full says so at once and delays nobody else."""

import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from mailsuite.errors import Busy
from mailsuite.wire.pools import TURN_SECONDS, Inline, Pool, Results
from mailsuite.wire.replies import reply_to

PATIENCE_SECONDS = 30


class Reactor:
    """Runs what threads ask for when the test says so."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], object]] = queue.Queue()

    def callFromThread(self, callable, *args, **kwargs) -> None:  # noqa: A002, N802
        self.calls.put(lambda: callable(*args, **kwargs))

    def until(self, *deferreds: Deferred[Any]) -> list[object]:
        """Turn until all have fired; their results."""
        results: list[object] = []
        for deferred in deferreds:
            deferred.addBoth(results.append)
        while len(results) < len(deferreds):
            self.calls.get(timeout=PATIENCE_SECONDS)()
        return results


class Stalled:
    """A pool of one thread, whose one job waits to be let go."""

    def __init__(self, reactor: Reactor, waiting: int) -> None:
        self.pool = Pool(reactor, "stalled", 1, waiting)
        self.let_go, self.running = threading.Event(), threading.Event()
        self.first = self.pool.run(self._work)
        assert self.running.wait(PATIENCE_SECONDS)

    def _work(self) -> str:
        self.running.set()
        self.let_go.wait(PATIENCE_SECONDS)
        return "first"


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def stalled(reactor: Reactor) -> Iterator[Stalled]:
    made = Stalled(reactor, 3)
    yield made
    made.let_go.set()
    made.pool.stop()


def failure_of(deferred: Deferred[Any]) -> Failure:
    caught: list[Failure] = []
    deferred.addErrback(caught.append)
    assert caught, "it waits"
    return caught[0]


@pytest.mark.threat("R4")
def test_a_full_pool_refuses_at_once_and_what_waited_is_done(
    reactor: Reactor, stalled: Stalled
) -> None:
    """Full means 4xx, not waiting."""
    waiting = [stalled.pool.run(partial(int, n)) for n in range(3)]
    refused = failure_of(stalled.pool.run(lambda: "one too many"))
    assert refused.check(Busy)
    reply = reply_to(Busy())
    assert (reply.smtp, reply.imap, reply.pop3) == (451, "UNAVAILABLE", "SYS/TEMP")
    assert reply.passing
    stalled.let_go.set()
    assert reactor.until(stalled.first, *waiting) == ["first", 0, 1, 2]
    assert reactor.until(stalled.pool.run(lambda: "again")) == ["again"]


@pytest.mark.threat("R4")
def test_a_stalled_pool_holds_up_no_other(reactor: Reactor, stalled: Stalled) -> None:
    """Each kind of work has threads of its own."""
    other = Pool(reactor, "other", 1, 10)
    try:
        assert reactor.until(other.run(lambda: "done")) == ["done"]
        assert not stalled.first.called
    finally:
        other.stop()


@pytest.mark.threat("R9")
def test_what_a_job_raises_reaches_who_waits_and_the_thread_lives_on(reactor: Reactor) -> None:
    pool = Pool(reactor, "raising", 1)
    try:
        (failed,) = reactor.until(pool.run(lambda: 1 // 0))
        assert isinstance(failed, Failure)
        assert failed.check(ZeroDivisionError)
        assert reactor.until(pool.run(lambda: "alive")) == ["alive"]
    finally:
        pool.stop()
    assert failure_of(pool.run(lambda: "late")).check(Busy)


def test_one_wake_up_for_all_that_finished_meanwhile(reactor: Reactor, stalled: Stalled) -> None:
    waiting: list[Deferred[Any]] = [stalled.pool.run(lambda: None) for _ in range(3)]
    stalled.let_go.set()
    stalled.pool.stop()
    turns = 0
    while not all(one.called for one in [stalled.first, *waiting]):
        reactor.calls.get(timeout=PATIENCE_SECONDS)()
        turns += 1
    assert turns == 1


def test_inline_runs_at_once() -> None:
    results: list[object] = []
    Inline().run(lambda: "now").addCallback(results.append)
    assert results == ["now"]
    assert failure_of(Inline().run(lambda: 1 // 0)).check(ZeroDivisionError)
    Inline().stop()


@pytest.mark.threat("R6")
def test_many_results_leave_the_network_its_turn(reactor: Reactor) -> None:
    """Each result is given out once and in order, some of them a turn of the reactor later."""
    now = 0.0
    given: list[int] = []
    results = Results(reactor, lambda: now)
    waiting: list[tuple[Deferred[Any], object]] = []
    for n in range(5):
        deferred: Deferred[Any] = Deferred()
        deferred.addCallback(given.append)
        waiting.append((deferred, n))

    def slow(result: object) -> object:
        nonlocal now
        now += TURN_SECONDS
        return result

    waiting[1][0].addCallback(slow)
    results.give(waiting)
    reactor.calls.get_nowait()()
    assert given == [0, 1]
    reactor.calls.get_nowait()()
    assert given == [0, 1, 2, 3, 4]
    assert reactor.calls.empty()
