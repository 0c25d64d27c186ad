"""Threads for what may block: one hop to the reactor for all that finished meanwhile.

`deferToThread` costs 33 us a job with 32 outstanding; waking the reactor once for every
finished job of a burst costs 4.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from mailsuite.errors import Busy

P = ParamSpec("P")
R = TypeVar("R")


# Of a turn of the reactor that results may take before the network is looked at again.
TURN_SECONDS = 0.01


class Wake(Protocol):
    """The one call of the reactor that is safe from any thread."""

    def callFromThread(  # noqa: N802 - Twisted's name
        self,
        callable: Callable[..., object],  # noqa: A002 - Twisted's name
        *args: object,
        **kwargs: object,
    ) -> None:
        """Run the callable on the reactor thread, soon."""


class Results:
    """Carries results from threads to the reactor: one wake-up for all that wait."""

    def __init__(self, reactor: Wake, seconds: Callable[[], float] = time.monotonic) -> None:
        self._reactor = reactor
        self._seconds = seconds
        self._done: deque[tuple[Deferred[Any], object]] = deque()
        self._awake = False

    def give(
        self,
        waiting: list[tuple[Deferred[Any], object]],
        first: Callable[[], None] | None = None,
    ) -> None:
        """From any thread: fire each Deferred with its value (a `Failure` as an error).

        `first` is called before them, on the reactor thread.
        """
        if first is not None:
            told: Deferred[Any] = Deferred()
            told.addCallback(lambda _: first())
            self._done.append((told, None))
        self._done.extend(waiting)
        if not self._awake:
            self._awake = True
            self._reactor.callFromThread(self._fire)

    def _fire(self) -> None:
        self._awake = False  # before draining: a late `give` wakes the reactor again
        end = self._seconds() + TURN_SECONDS
        while self._done:
            deferred, value = self._done.popleft()
            deferred.callback(value)
            if self._done and self._seconds() >= end:
                # What goes on from a result may be long: the network gets a turn in between.
                if not self._awake:
                    self._awake = True
                    self._reactor.callFromThread(self._fire)
                return


class Runs(Protocol):
    """Runs a blocking function somewhere else than on the reactor thread."""

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Deferred[R]:
        """Return what the function returns, later."""
        ...

    def stop(self) -> None:
        """Let running jobs finish; take no more."""


class Inline:
    """Runs at once, in the caller's thread: for tests and for the command line."""

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Deferred[R]:
        """Return a Deferred that has fired."""
        try:
            return succeed(function(*args, **kwargs))
        except Exception:  # noqa: BLE001 - becomes the Deferred's failure, as in a thread
            return fail(Failure())

    def stop(self) -> None:
        """Nothing runs between calls."""


class Pool:
    """A few threads with one bounded queue.

    Args:
        name: of its threads, for logs and debuggers.
        threads: how many.
        waiting: jobs that may wait; one more is refused with `Busy` instead of delaying all.
    """

    def __init__(self, reactor: Wake, name: str, threads: int, waiting: int = 10_000) -> None:
        self._results = Results(reactor)
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._limit = waiting
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{n}", daemon=True)
            for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Deferred[R]:
        """Return what the function returns; fails with `Busy` when too much waits already."""
        if self._stopped or self._jobs.qsize() >= self._limit:
            return fail(Busy())
        deferred: Deferred[R] = Deferred()

        def job() -> None:
            self._results.give([(deferred, _outcome(function, *args, **kwargs))])

        self._jobs.put(job)
        return deferred

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def stop(self) -> None:
        """Finish what waits, then end the threads."""
        if not self._stopped:
            self._stopped = True
            for _ in self._threads:
                self._jobs.put(None)
            for thread in self._threads:
                thread.join(timeout=30)


def _outcome(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> object:
    try:
        return function(*args, **kwargs)
    except BaseException:  # noqa: BLE001 - handed to whoever waits for the result
        return Failure()
