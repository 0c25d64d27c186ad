"""The relay: leases what is due, starts batches, keeps destinations from hindering each other."""

import random
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from mailsuite.relay.delivery import Batch, Surroundings
from mailsuite.relay.destinations import Destinations, Reached
from mailsuite.relay.ports import Releases, Sender
from mailsuite.relay.reports import Reporter
from mailsuite.relay.routes import Router
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.changes import Forget
from mailsuite.store.opening import Store
from mailsuite.store.queue import (
    Room,
    Routed,
    every,
    expire_overdue,
    forget_leases,
    give_back,
    has_overdue,
    lease_due,
    lease_of,
    lease_oldest,
    next_due,
    none,
    renew_leases,
)
from mailsuite.store.queue_rows import Entry

LEASE_SECONDS = 3_600  # renewed at each sweep: it ends by itself when this process dies
SWEEP_SECONDS = 60.0
BATCH = 20  # recipients leased at once: few, so that slow hosts get more connections
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
        self._reporter = reporter
        self._settings = settings
        self._owner = owner
        self._reactor = reactor
        self._releases = releases
        self.destinations = Destinations(settings, reactor.seconds)
        self._around = Surroundings(
            store, sender, router, settings, owner, random.random, self._tell
        )
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
            await self._store.writer.run(renew_leases, self._owner, self._lease_end(), queue_ids)
        if await self._store.readers.run(has_overdue):
            await self._store.writer.run(expire_overdue)
        await self._reporter.tell_all_ends()
        await self._reporter.warn()

    # Inside.

    def _spawn(self, running: Coroutine[Any, Any, None]) -> Deferred[None]:
        deferred = Deferred.fromCoroutine(running)
        deferred.addErrback(lambda failure: self.log.failure("relay", failure))
        return deferred

    def _tell(self, queue_id: int) -> None:
        self._spawn(self._reporter.tell_ends(queue_id))

    def _sweep_soon(self) -> None:
        if self._stopped:
            return
        self._sweep_timer = self._reactor.callLater(SWEEP_SECONDS, self._sweep_soon)
        self._spawn(self.sweep())
        self.wake()  # a look that failed has set no timer for the next one

    async def _pump(self) -> None:
        try:
            while self._again and not self._stopped:
                self._again = False
                if self._releases is not None:
                    await self._releases.release_due()
                looked = int(self._store.clock()), self._reactor.seconds()
                leased = await self._lease()
                for name, entries in leased.items():
                    self._begin(name, entries)
                if leased:
                    self._again = True
                elif not self._again:
                    await self._set_timer(*looked)
        finally:
            self._pumping = False

    async def _lease(self) -> dict[str, list[Entry]]:
        destinations = self.destinations
        leased: dict[str, list[Entry]] = defaultdict(list)
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
        run = self._store.writer.run
        if self._settings.smarthost is not None and SMARTHOST not in held:
            asked = self._owner, self._lease_end(), BATCH, self._routed
            if found := await run(lease_oldest, *asked):
                leased[SMARTHOST] = found
                room -= 1
        only = every if self._settings.smarthost is None else self._routed
        if room <= 0 or only is none:
            return
        asked_of = self._owner, self._lease_end(), held, Room(room, BATCH, only)
        for entry in await run(lease_due, *asked_of):
            leased[entry.recipients[0].domain].append(entry)

    @property
    def _routed(self) -> Routed:
        """Which domains have a host of their own beside the smarthost."""
        return self._settings.is_routed if self._settings.routes else none

    def _lease_end(self) -> int:
        return int(self._store.clock()) + LEASE_SECONDS

    # What a batch asks (`Batch.relay`).

    async def more(self, name: str) -> Sequence[Entry]:
        """More of one destination for a connection that stands, if nobody else lacks one."""
        if self._stopped or self.destinations.room <= 0:
            return ()
        run = self._store.writer.run
        if name == SMARTHOST:
            asked = self._owner, self._lease_end(), BATCH, self._routed
            return await run(lease_oldest, *asked)
        return await run(lease_of, self._owner, self._lease_end(), name, BATCH)

    def _begin(self, name: str, entries: list[Entry]) -> None:
        self.destinations.start(name)
        batch = Batch(self._around, name, entries, self)
        running: Deferred[None] = Deferred()
        self._batches[batch] = running
        self._spawn(self._run(name, batch)).addBoth(running.callback)

    def proven(self, name: str) -> None:
        """A host took a letter: one connection more may be tried."""
        self.destinations.proven(name)
        self.wake()

    def stands(self, name: str) -> bool:
        """Whether another batch has a connection to the destination now."""
        return any(batch.domain == name and batch.is_connected for batch in self._batches)

    async def _run(self, name: str, batch: Batch) -> None:
        reached = Reached.NO
        try:
            await batch.run()
            reached = batch.reached
        except Exception:  # noqa: BLE001 - our own bug or a full disk: these rows wait, others go
            self.log.failure("batch for {name} broke", name=name)
            for entry in batch.entries:
                numbers = [recipient.n for recipient in entry.recipients]
                await self._store.writer.run(give_back, self._owner, entry.id, numbers)
        finally:
            del self._batches[batch]
            self.destinations.end(name, reached)
            self.wake()

    async def _set_timer(self, looked: int, seconds: float) -> None:
        """Wake when the next row is due, or a pause ends: after the last look began.

        What came due while it looked was not seen, and nothing else would wake for it.
        """
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        waits = []
        due = await self._store.readers.run(next_due, looked)
        if due is not None:
            waits.append(due - self._store.clock())
        pause = self.destinations.next_pause_end(seconds)
        if pause is not None:
            waits.append(pause - self._reactor.seconds())
        if waits and not self._stopped:
            # Sweeps come each minute anyway; a clock that was set back costs no more than that.
            wait = min(*waits, SWEEP_SECONDS)
            self._timer = self._reactor.callLater(max(wait, 0.0), self.wake)

    def _break_off(self) -> None:
        for batch in list(self._batches):
            batch.abort()
