"""`workers = N`: a supervisor that binds the doors, prepares the store, and holds no mail.

It starts the workers with everything that listens, starts again what dies, hands on what the
operator wants, and keeps the lock of data_dir (its workers hold it too: whatever dies first, no
second suite gets at the store before the last of them is gone).
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.protocol import Factory
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized

from mailsuite.config import Config
from mailsuite.service.certificates import open_certificates
from mailsuite.service.doors import descriptions, sentence_of
from mailsuite.service.errands import Reloaded
from mailsuite.service.host import (
    EXIT_DOUBT,
    EXIT_REFUSED,
    at_once,
    stand,
    start_or_refuse,
)
from mailsuite.service.place import Place
from mailsuite.service.reloading import NotReloaded, reread
from mailsuite.service.rights import bind_no_more
from mailsuite.store.opening import prepare_store
from mailsuite.store.sharing import EVERYTHING, announce
from mailsuite.wire.board import Board
from mailsuite.wire.listening import listen_at, read_endpoint
from mailsuite.wire.logs import Lines

STOP_SECONDS = 35.0  # for all workers to finish what is in hand
SILENT_SECONDS = 30.0  # a worker that shows no life is killed: it may keep all others from writing
LOOK_SECONDS = 1.0


class Group(Service):
    """Runs the workers; all or nothing at the start.

    Args:
        reactor: Twisted's; handed in by whoever runs it.
    """

    log = Logger()
    name = "mailsuite"

    def __init__(self, config: Config, reactor: Any) -> None:
        self.config = config
        self.lines = Lines(config.log.format, config.log.level)
        self.reactor = reactor
        self.stopping = False
        self.doors: list[tuple[str, Any, bool]] = []  # name, Twisted's port, behind a balancer
        self.wakes: list[int] = []
        self.places: list[Place] = []
        self.board: Board
        self._lock: Any = None
        self._served = False

    def setServiceParent(self, parent: Any) -> None:  # noqa: N802 - Twisted's name
        """Under twistd: our observer takes the place of its own."""
        if isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self.lines)
        super().setServiceParent(parent)  # type: ignore[no-untyped-call]

    def startService(self) -> None:  # noqa: N802 - Twisted's name
        """Start everything, or say in one sentence why not, and end."""
        super().startService()  # type: ignore[no-untyped-call]
        start_or_refuse(self._start, self.log)

    def _start(self) -> None:
        stand(self.config)
        open_certificates(self.config)
        limits = self.config.limits
        self._lock = prepare_store(
            self.config.data_dir, url=self.config.store.url, free_octets=limits.free_octets
        )
        at_once(self._bind())
        bind_no_more()
        count = self.config.workers
        self.board = Board.make(count)
        self.wakes = [os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK) for _ in range(count)]
        self.places = [Place(self, number) for number in range(1, count + 1)]
        signal.signal(signal.SIGHUP, self._hung_up)
        self.reactor.callWhenRunning(self._begin)

    async def _bind(self) -> None:
        for name, description in descriptions(self.config.listen):
            endpoint = read_endpoint(description, self.config.inbound.proxies)
            with sentence_of(name, description):
                for port in await listen_at(self.reactor, description, endpoint, Factory()):
                    port.stopReading()
                    self.doors.append((name, port, endpoint.proxied))

    def _begin(self) -> None:
        for place in self.places:
            place.start()
        self.reactor.callLater(LOOK_SECONDS, self._look)

    @property
    def lock_descriptor(self) -> int:
        """The lock of data_dir, for a worker to hold as well."""
        descriptor: int = self._lock.descriptor
        return descriptor

    def served(self) -> None:
        """A worker serves."""
        if not self._served and all(place.serves for place in self.places):
            self._served = True
            self.log.info(
                "serving {hostname} with {count} workers",
                hostname=self.config.hostname,
                count=len(self.places),
            )

    def died(self, place: Place, code: int) -> None:
        """A worker ended."""
        self.board.bury(place.number)
        if self.stopping:
            return
        if code == EXIT_DOUBT or (code == EXIT_REFUSED and not self._served):
            # Nothing may be built on a commit in doubt: all begin anew, with a checkpoint. And
            # what one worker refuses at the start no other can do.
            self._end_all(code)
        self.log.error(
            "worker {number} ended with {code}; started again in {pause:.1f} s",
            number=place.number, code=code, pause=place.pause,
        )  # fmt: skip
        # What it committed last nobody heard of.
        announce(self.board, self.wakes, [(EVERYTHING, 0, 0)])

    def _end_all(self, code: int) -> None:
        for place in self.places:
            place.signal(signal.SIGKILL)
        sys.stderr.flush()
        os._exit(code)

    def _look(self) -> None:
        if self.stopping:
            return
        now = int(time.monotonic() * 1000)
        for place in self.places:
            beat = self.board.told(place.number)["beat"]
            if place.alive and now - beat > SILENT_SECONDS * 1000:
                self.log.error("worker {number} shows no life: killed", number=place.number)
                place.signal(signal.SIGKILL)
        self.reactor.callLater(LOOK_SECONDS, self._look)

    # What the operator wants.

    def _hung_up(self, *_: object) -> None:
        self.reactor.callFromThread(self._reload)

    def _reload(self) -> None:
        reloading = Deferred.fromCoroutine(self.reload())
        reloading.addErrback(lambda failure: self.log.failure("reload", failure))

    async def reload(self) -> Reloaded:
        """Read the configuration again: all workers go by it, or none."""
        try:
            new, later = reread(self.config, self.log)
        except NotReloaded as wrong:
            return Reloaded(refused=str(wrong))
        # Who is started again from now on goes by it too.
        self.config = new
        self.lines.format, self.lines.level = new.log.format, new.log.level
        await DeferredList([place.take(new) for place in self.places])
        keys = ", ".join(later) or "nothing"
        self.log.info("reloaded; a restart is needed for: {keys}", keys=keys)
        return Reloaded(tuple(later))

    def ask_others(
        self, asking: Place, request: Mapping[str, Any]
    ) -> Deferred[tuple[Mapping[str, Any], ...]]:
        """What every other worker answers."""
        others = [place.ask(request) for place in self.places if place is not asking]
        answers: Deferred[Any] = DeferredList(others)
        answers.addCallback(lambda found: tuple(said for _, said in found))
        return answers

    def stopService(self) -> Deferred[None]:  # noqa: N802 - Twisted's name
        """Every worker takes nothing more and finishes what it has in hand (threat O6)."""
        super().stopService()  # type: ignore[no-untyped-call]
        self.log.info("stopping")
        self.stopping = True
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        late = self.reactor.callLater(STOP_SECONDS, self._kill)
        for place in self.places:
            place.signal(signal.SIGTERM)
        await DeferredList([place.ended() for place in self.places])
        if late.active():
            late.cancel()
        for _, port, _ in self.doors:
            await port.stopListening()
        if self._lock is not None:
            self._lock.give_back()
        self.log.info("stopped")
        self.lines.tell_rest()

    def _kill(self) -> None:
        self.log.warn("workers that do not end are killed")
        for place in self.places:
            place.signal(signal.SIGKILL)
