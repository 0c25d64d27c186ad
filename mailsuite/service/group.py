"""`workers = N`: a supervisor that binds the doors, prepares the store, and holds no mail.

It starts the workers with everything that listens, starts again what dies, hands on what the
operator wants, and keeps the lock of data_dir (its workers hold it too: whatever dies first, no
second suite gets at the store before the last of them is gone).
"""

import os
import signal
import sys
import time
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.protocol import Factory, ProcessProtocol
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized
from twisted.python.failure import Failure

from mailsuite.config import Config
from mailsuite.service.certificates import open_certificates
from mailsuite.service.doors import descriptions, sentence_of
from mailsuite.service.errands import (
    BOARD,
    FIRST_WAKE,
    LOCK,
    ORDERS,
    WORDS,
    AskReload,
    Errand,
    NewConfig,
    Ready,
    Reloaded,
    Standing,
    Taken,
    Words,
    line,
)
from mailsuite.service.host import (
    EXIT_DOUBT,
    EXIT_REFUSED,
    at_once,
    stand,
    start_or_refuse,
)
from mailsuite.service.reloading import NotReloaded, reread
from mailsuite.service.rights import bind_no_more
from mailsuite.store.opening import prepare_store
from mailsuite.store.sharing import EVERYTHING, announce
from mailsuite.wire.board import Board
from mailsuite.wire.listening import listen_at, read_endpoint
from mailsuite.wire.logs import Lines

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
STEADY_SECONDS = 300.0  # who has served so long starts again without a pause to remember
STOP_SECONDS = 35.0  # for all workers to finish what is in hand
SILENT_SECONDS = 30.0  # a worker that shows no life is killed: it may keep all others from writing
LOOK_SECONDS = 1.0
ENTRY = "from mailsuite.service.worker import main; main()"


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

    def died(self, place: "Place", code: int) -> None:
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


class Place(ProcessProtocol):
    """The place of one worker: whoever fills it just now."""

    def __init__(self, group: Group, number: int) -> None:
        self.number = number
        self.pause = FIRST_PAUSE
        self.serves = False
        self._group = group
        self._process: Any = None
        self._since = 0.0
        self._taking: list[Deferred[None]] = []
        self._ending: list[Deferred[None]] = []
        self._words = Words(self._heard)

    @property
    def alive(self) -> bool:
        """Whether there is a worker."""
        return self._process is not None

    def start(self) -> None:
        """Start a worker."""
        group = self._group
        if group.stopping:
            return
        self._since = time.monotonic()
        self._words = Words(self._heard)
        group.board.beat(self.number, int(self._since * 1000))
        doors = [port.fileno() for _, port, _ in group.doors]
        first = FIRST_WAKE + len(group.wakes)
        errand = Errand(
            group.config,
            self.number,
            len(group.places),
            tuple(
                Standing(name, descriptor, proxied)
                for descriptor, (name, _, proxied) in enumerate(group.doors, first)
            ),
        )
        descriptors: dict[int, Any] = {0: 0, 1: 1, 2: 2, ORDERS: "w", WORDS: "r"}
        descriptors |= {LOCK: group.lock_descriptor, BOARD: group.board.descriptor}
        descriptors |= dict(enumerate([*group.wakes, *doors], FIRST_WAKE))
        words = [sys.executable, "-P", "-c", ENTRY]
        paths = os.pathsep.join(path for path in sys.path if path)
        environment = {**os.environ, "PYTHONPATH": paths}
        self._process = group.reactor.spawnProcess(
            self, sys.executable, words, environment, childFDs=descriptors
        )
        self._process.writeToChild(ORDERS, line(errand))

    def signal(self, number: int) -> None:
        """Send a signal to the worker, if there is one."""
        if self._process is not None and self._process.pid:
            os.kill(self._process.pid, number)

    def take(self, config: Config) -> Deferred[None]:
        """Let the worker go by a configuration; fires when it does, or is dead."""
        taken: Deferred[None] = Deferred()
        if self._process is None:
            taken.callback(None)
        else:
            self._taking.append(taken)
            self._process.writeToChild(ORDERS, line(NewConfig(config)))
        return taken

    def ended(self) -> Deferred[None]:
        """Fires when there is no worker."""
        ending: Deferred[None] = Deferred()
        if self._process is None:
            ending.callback(None)
        else:
            self._ending.append(ending)
        return ending

    def childDataReceived(self, childFD: int, data: bytes) -> None:  # noqa: ARG002, N802, N803 - Twisted's names
        """The worker says something."""
        self._words.feed(data)

    def _heard(self, told: Any) -> None:
        if isinstance(told, Ready):
            self.serves = True
            self._group.served()
        elif isinstance(told, Taken):
            self._fire(self._taking[:1])
            del self._taking[:1]
        elif isinstance(told, AskReload):
            reloading = Deferred.fromCoroutine(self._group.reload())
            reloading.addCallback(self._answer)

    def _answer(self, reloaded: Reloaded) -> None:
        if self._process is not None:
            self._process.writeToChild(ORDERS, line(reloaded))

    def processEnded(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        """The worker is dead and gone."""
        self._process, self.serves = None, False
        if time.monotonic() - self._since > STEADY_SECONDS:
            self.pause = FIRST_PAUSE
        self._group.died(self, _code(reason.value))
        if not self._group.stopping:
            self._group.reactor.callLater(self.pause, self.start)
            self.pause = min(2 * self.pause, LONGEST_PAUSE)
        waiting = self._taking + self._ending
        self._taking, self._ending = [], []
        self._fire(waiting)

    @staticmethod
    def _fire(waiting: list[Deferred[None]]) -> None:
        for deferred in waiting:
            deferred.callback(None)


def _code(why: BaseException | None) -> int:
    if isinstance(why, ProcessDone):
        return 0
    if isinstance(why, ProcessTerminated):
        return -why.signal if why.signal else why.exitCode or 0
    return 1
