"""The relay: leases what is due, starts batches, keeps destinations from hindering each other."""

import random
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from mailsuite.relay.delivery import Batch
from mailsuite.relay.destinations import Destinations
from mailsuite.relay.ports import Releases, Sender
from mailsuite.relay.reports import Reporter
from mailsuite.relay.routes import Router
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.changes import Forget
from mailsuite.store.opening import Store
from mailsuite.store.queue import (
    Room,
    expire_overdue,
    forget_leases,
    give_back,
    lease_due,
    lease_oldest,
    next_due,
    renew_leases,
)
from mailsuite.store.queue_rows import Entry

LEASE_SECONDS = 3_600  # renewed at each sweep: it ends by itself when this process dies
SWEEP_SECONDS = 60.0
BATCH = 50  # recipients leased for one batch
STOP_SECONDS = 20.0  # what is in hand may finish
SMARTHOST = ""  # stands for every domain where one host takes all


class Relay:
    """The outbound queue's service. Everything is on the reactor thread.

    Args:
        owner: whose leases these are: one word for each process.
        reactor: timers and the clock.
        releases: sends scheduled messages on; None: nobody schedules any.
    """

    log = Logger()

    def __init__(
        self,
        store: Store,
        sender: Sender,
        router: Router,
        reporter: Reporter,
        settings: RelaySettings,
        *,
        owner: str,
        reactor: Any,
        releases: Releases | None = None,
    ) -> None:
        self._store = store
        self._sender = sender
        self._router = router
        self._reporter = reporter
        self._settings = settings
        self._owner = owner
        self._reactor = reactor
        self._releases = releases
        self.destinations = Destinations(settings, reactor.seconds)
        self._batches: dict[Batch, Deferred[None]] = {}
        self._pumping = self._again = self._stopped = False
        self._timer: Any = None
        self._sweep_timer: Any = None
        self._forget: Forget | None = None

    async def start(self, alive: Sequence[str] = ()) -> None:
        """Take up what a crash left, and begin. `alive`: owners whose leases still stand."""
        await self._store.writer.run(forget_leases, [*alive])
        self._forget = self._store.changes.on_queue(self.wake)
        self._sweep_soon()
        self.wake()

    async def stop(self) -> None:
        """Start nothing more; let what is in hand finish for a while, then break it off."""
        self._stopped = True
        if self._forget is not None:
            self._forget()
        for timer in (self._timer, self._sweep_timer):
            if timer is not None and timer.active():
                timer.cancel()
        breaking = self._reactor.callLater(STOP_SECONDS, self._break_off)
        await DeferredList(list(self._batches.values()))
        if breaking.active():
            breaking.cancel()

    def wake(self) -> None:
        """Something may be due."""
        if self._stopped:
            return
        self._again = True
        if not self._pumping:
            self._pumping = True
            self._spawn(self._pump())

    def hurry(self) -> None:
        """The operator gave an order: no pause holds, and ends are told now."""
        self.destinations.hurry()
        self._spawn(self.sweep())
        self.wake()

    async def sweep(self) -> None:
        """Keep leases, end what is overdue, tell what is to be told."""
        queue_ids = [entry.id for batch in self._batches for entry in batch.entries]
        if queue_ids:
            end = int(self._store.clock()) + LEASE_SECONDS
            await self._store.writer.run(renew_leases, self._owner, end, queue_ids)
        await self._store.writer.run(expire_overdue)
        await self._reporter.tell_all_ends()
        await self._reporter.warn()

    # Inside.

    def _spawn(self, running: Coroutine[Any, Any, None]) -> Deferred[None]:
        deferred = Deferred.fromCoroutine(running)
        deferred.addErrback(lambda failure: self.log.failure("relay", failure))
        return deferred

    def _sweep_soon(self) -> None:
        if self._stopped:
            return
        self._sweep_timer = self._reactor.callLater(SWEEP_SECONDS, self._sweep_soon)
        self._spawn(self.sweep())

    async def _pump(self) -> None:
        try:
            while self._again and not self._stopped:
                self._again = False
                if self._releases is not None:
                    await self._releases.release_due()
                leased = await self._lease()
                for name, entries in leased.items():
                    self._begin(name, entries)
                if leased:
                    self._again = True
                elif not self._again:
                    await self._set_timer()
        finally:
            self._pumping = False

    async def _lease(self) -> dict[str, list[Entry]]:
        destinations = self.destinations
        leased: dict[str, list[Entry]] = defaultdict(list)
        if self._settings.smarthost is not None:
            if destinations.room > 0 and SMARTHOST not in destinations.busy():
                end = int(self._store.clock()) + LEASE_SECONDS
                run = self._store.writer.run
                leased[SMARTHOST] += await run(lease_oldest, self._owner, end, BATCH)
            return {name: entries for name, entries in leased.items() if entries}
        # First those of whom nothing bad is known, then the others in the half they may take.
        suspects = destinations.suspects()
        room = destinations.room
        await self._lease_into(leased, suspects, room)
        if suspects:
            await self._lease_into(leased, [], min(room - len(leased), destinations.suspect_room))
        return leased

    async def _lease_into(
        self, leased: dict[str, list[Entry]], passed_over: Sequence[str], room: int
    ) -> None:
        if room <= 0:
            return
        held = [*self.destinations.busy(), *passed_over, *leased]
        end = int(self._store.clock()) + LEASE_SECONDS
        run = self._store.writer.run
        for entry in await run(lease_due, self._owner, end, held, Room(room, BATCH)):
            leased[entry.recipients[0].domain].append(entry)

    def _begin(self, name: str, entries: list[Entry]) -> None:
        self.destinations.start(name)
        batch = Batch(
            self._store,
            self._sender,
            self._router,
            self._settings,
            self._owner,
            name,
            entries,
            random.random,
            lambda queue_id: void(self._spawn(self._reporter.tell_ends(queue_id))),
        )
        running = self._spawn(self._run(name, batch))
        if not running.called:
            self._batches[batch] = running
            running.addBoth(lambda _: void(self._batches.pop(batch, None)))

    async def _run(self, name: str, batch: Batch) -> None:
        try:
            await batch.run()
        except Exception:  # noqa: BLE001 - our own bug or a full disk: these rows wait, others go
            self.log.failure("batch for {name} broke", name=name)
            batch.reached = False
            for entry in batch.entries:
                await self._store.writer.run(give_back, self._owner, entry.id)
        finally:
            self.destinations.end(name, reached=batch.reached)
            self.wake()

    async def _set_timer(self) -> None:
        """Wake when the next row is due, or a pause ends."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        waits = []
        due = await self._store.readers.run(next_due)
        if due is not None:
            waits.append(due - self._store.clock())
        pause = self.destinations.next_pause_end()
        if pause is not None:
            waits.append(pause - self._reactor.seconds())
        if waits and not self._stopped:
            # Sweeps come each minute anyway; a clock that was set back costs no more than that.
            seconds = min(*waits, SWEEP_SECONDS)
            self._timer = self._reactor.callLater(max(seconds, 0.0), self.wake)

    def _break_off(self) -> None:
        for batch in list(self._batches):
            batch.abort()


def void(_: object) -> None:
    """Nothing: for callbacks whose result nobody wants."""
