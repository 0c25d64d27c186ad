"""Makes the keys for SORT and THREAD soon after messages came, in pieces between deliveries."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.store.opening import Store
from mailsuite.store.sorting import behind, make_some_keys

EVERY_SECONDS = 2.0
PIECE = 100  # keys in a transaction: 6 ms of the writer


class Keying:
    """Runs from `start` to `stop`.

    Whenever bodies without keys are there and none came since the last look, it makes keys until
    more come. On a host that is never quiet the hourly bookkeeping makes them, and who asks first.
    """

    log = Logger()

    def __init__(self, store: Store, reactor: Any) -> None:
        self._store = store
        self._reactor = reactor
        self._newest = -1
        self._next: Any = None
        self._stopped = False

    def start(self) -> None:
        """Look in a moment, and then again and again."""
        self._next = self._reactor.callLater(EVERY_SECONDS, self._due)

    def stop(self) -> None:
        """End after the piece in hand."""
        self._stopped = True
        if self._next is not None and self._next.active():
            self._next.cancel()

    def _due(self) -> None:
        running = Deferred.fromCoroutine(self.catch_up())
        running.addErrback(lambda failure: self.log.failure("sort keys", failure))
        running.addBoth(lambda _: self._again())

    def _again(self) -> None:
        if not self._stopped:
            self._next = self._reactor.callLater(EVERY_SECONDS, self._due)

    async def catch_up(self) -> None:
        """Make keys, unless something came lately, and until something comes."""
        while not self._stopped:
            before = self._newest
            self._newest, lacking = await self._store.readers.run(behind)
            if not lacking or self._newest != before:
                return
            if not await self._store.writer.run(make_some_keys, PIECE):
                return
