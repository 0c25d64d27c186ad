"""Calls the store's bookkeeping once an hour, in pieces between which deliveries go."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.logger import Logger

from mailsuite.store import upkeep
from mailsuite.store.correspondents import forget_use
from mailsuite.store.dmarc_reports import DMARC_REPORTS
from mailsuite.store.greylist import ALL, KEPT_SECONDS, forget_passers, forget_tries
from mailsuite.store.opening import Store
from mailsuite.store.rescanning import AT_ONCE, renew_meta
from mailsuite.store.sorting import make_some_keys
from mailsuite.store.stories import PIECE as EVENTS
from mailsuite.store.stories import index_events
from mailsuite.store.tls_reports import TLS_REPORTS
from mailsuite.store.transaction import Transaction
from mailsuite.wire.again import Again
from mailsuite.wire.limits import Limits
from mailsuite.wire.pools import Runs

EVERY_SECONDS = 3_600.0
FIRST_SECONDS = 60.0  # a host that has just started has better things to do
DAY = 86_400
REPORTS_SECONDS = 400 * DAY  # reports of others about TLS: a year can be compared with the last
EVENTS_SECONDS = 30 * DAY  # how long the story of a message is kept

Piece = Callable[[Transaction, int], int]  # how much it did


class Upkeep:
    """Runs from `start` to `stop`."""

    log = Logger()

    def __init__(
        self,
        store: Store,
        runs: Runs,
        reactor: Any,
        limits: Limits,
        look: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """`look` is done along with the rest: what no transaction of the store can do."""
        self._look = look
        self._store = store
        self._runs = runs
        self._rounds = Again(reactor, "upkeep", self.tidy, EVERY_SECONDS, FIRST_SECONDS)
        self.start, self.stop = self._rounds.start, self._rounds.stop
        self.limits = limits

    async def tidy(self) -> None:
        """Let go of all that is no longer kept, and look around."""
        await self._let_go()
        # Last: a resolver that does not answer holds up nothing else.
        if self._look is not None and not self._rounds.stopped:
            await self._look()

    async def _let_go(self) -> None:
        await self._all(upkeep.forget_expunged, self.limits.undelete_days * DAY)
        await self._all(upkeep.collect_blobs, upkeep.GRACE_SECONDS)
        await self._all(index_events, EVENTS)
        await self._all(upkeep.forget_events, EVENTS_SECONDS)
        await self._all(forget_tries, ALL)
        await self._all(forget_passers, KEPT_SECONDS)
        await self._all(forget_use, 2 * DAY)
        await self._all(TLS_REPORTS.forget, REPORTS_SECONDS)
        await self._all(DMARC_REPORTS.forget, REPORTS_SECONDS)
        await self._all(renew_meta, AT_ONCE)
        await self._all(make_some_keys, AT_ONCE)
        candidates = await self._runs.run(upkeep.old_files, self._store.large)
        before = time.time() - upkeep.ORPHAN_SECONDS
        for start in range(0, len(candidates), upkeep.PIECE):
            if self._rounds.stopped:
                return
            some = candidates[start : start + upkeep.PIECE]
            await self._store.writer.run(upkeep.sweep_files, some, before)

    async def _all(self, piece: Piece, measure: int) -> None:
        did = 1
        while did and not self._rounds.stopped:
            did = await self._store.writer.run(piece, measure)
