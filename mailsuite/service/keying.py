"""Makes the keys for SORT and THREAD soon after messages came, in pieces between deliveries."""

from typing import Any

from mailsuite.store.opening import Store
from mailsuite.store.sorting import behind, make_some_keys
from mailsuite.wire.again import Again

EVERY_SECONDS = 2.0
PIECE = 100  # keys in a transaction: 6 ms of the writer


class Keying:
    """Runs from `start` to `stop`.

    Whenever bodies without keys are there and none came since the last look, it makes keys until
    more come. On a host that is never quiet the hourly bookkeeping makes them, and who asks first.
    """

    def __init__(self, store: Store, reactor: Any) -> None:
        self._store = store
        self._newest = -1
        self._rounds = Again(reactor, "sort keys", self.catch_up, EVERY_SECONDS)
        self.start, self.stop = self._rounds.start, self._rounds.stop

    async def catch_up(self) -> None:
        """Make keys, unless something came lately, and until something comes."""
        while not self._rounds.stopped:
            before = self._newest
            self._newest, lacking = await self._store.readers.run(behind)
            if not lacking or self._newest != before:
                return
            if not await self._store.writer.run(make_some_keys, PIECE):
                return
