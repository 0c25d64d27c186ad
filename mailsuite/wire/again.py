"""Work that is done again and again, with a pause between."""

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger


class Again:
    """Runs from `start` to `stop`; what fails is told to the log, and tried again.

    Args:
        what: it is, for the log.
        work: the next pause begins when it has ended.
        every: seconds of a pause.
        first: seconds before it is done for the first time; like the others unless said.
    """

    log = Logger()

    def __init__(
        self,
        reactor: Any,
        what: str,
        work: Callable[[], Awaitable[object]],
        every: float,
        first: float | None = None,
    ) -> None:
        self._reactor = reactor
        self._what = what
        self._work = work
        self._every = every
        self._first = every if first is None else first
        self._next: Any = None
        self.stopped = False  # work that is long looks at it

    def start(self) -> None:
        """Begin with a pause."""
        self._next = self._reactor.callLater(self._first, self._due)

    def stop(self) -> None:
        """Let what runs come to its end, and begin no more."""
        self.stopped = True
        if self._next is not None and self._next.active():
            self._next.cancel()

    def _due(self) -> None:
        running: Deferred[object] = Deferred.fromCoroutine(self._once())
        running.addErrback(lambda failure: self.log.failure("{what}", failure, what=self._what))
        running.addBoth(lambda _: self._rest())

    async def _once(self) -> object:
        return await self._work()

    def _rest(self) -> None:
        if not self.stopped:
            self._next = self._reactor.callLater(self._every, self._due)
