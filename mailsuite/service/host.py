"""A whole host as one Twisted service: how it starts, reloads and stops."""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized
from twisted.python.failure import Failure

from mailsuite.config import Config, ConfigError
from mailsuite.control.server import listen
from mailsuite.service.building import House, build, local_counting, opened_store, parts_of
from mailsuite.service.certificates import open_certificates, renew_certificates
from mailsuite.service.doors import Doorway
from mailsuite.service.footing import Unfit, check_libraries, prepare_data_dir, restrain
from mailsuite.service.reloading import NotReloaded, reread
from mailsuite.service.rights import become, bind_no_more
from mailsuite.store.lock import AlreadyRunning
from mailsuite.store.migrations.upgrade import WrongSchema
from mailsuite.store.sqlite import WrongSetting
from mailsuite.wire.listening import BadEndpoint
from mailsuite.wire.logs import Lines
from mailsuite.wire.shared import Turn
from mailsuite.wire.tls import BadPair

R = TypeVar("R")

EXIT_REFUSED = 78  # EX_CONFIG of sysexits.h: starting again would not mend it
EXIT_DOUBT = 70  # the outcome of a commit is unknown: start again


YOUNG_OBJECTS = 10_000  # net new containers between two looks of the cycle collector


REFUSALS = (
    AlreadyRunning, BadEndpoint, BadPair, ConfigError, Unfit, WrongSchema, WrongSetting
)  # fmt: skip


class Host(Service):
    """Builds the house and opens its doors; all or nothing.

    Args:
        reactor: Twisted's; handed in by whoever runs it.
    """

    log = Logger()
    name = "mailsuite"

    def __init__(self, config: Config, reactor: Any) -> None:
        self.config = config
        self.lines = Lines(config.log.format, config.log.level)
        self._reactor = reactor
        self.turn = Turn(reactor)
        self._started = time.time()
        self.house: House | None = None
        self.doorway: Doorway | None = None
        self._control: Any = None

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
        certificates = open_certificates(self.config)
        store = opened_store(self.config, self.turn, doomed)
        counting = local_counting()
        self.house = build(self.config, self.turn, store, certificates, counting)
        self.doorway = Doorway(self.house)
        at_once(self.doorway.open())
        bind_no_more()
        settle_memory()
        self._begin()
        signal.signal(signal.SIGHUP, self._hung_up)
        if os.geteuid() == 0:
            self.log.warn(
                "running as root: set user in the configuration, or use etc/mailsuite.service"
            )
        self.log.info("serving {hostname}", hostname=self.config.hostname)

    def _begin(self) -> None:
        """Start what works by itself, and answer the command."""
        assert self.house is not None
        self.lines.afterwards = self.turn.afterwards
        assert self.doorway is not None
        standing = self.doorway.listeners.standing
        parts = parts_of(self.house, self.state, self.reload, standing)
        self._control = listen(self._reactor, self.config.data_dir, parts)
        self.house.greet()
        Deferred.fromCoroutine(self.house.begin()).addErrback(self._broke)
        self.house.watchdog.watch(self._reactor)

    async def _stop(self) -> None:
        if self.house is not None:
            self.house.keeper.tarpit.release()
        if self.doorway is not None:
            await self.doorway.listeners.stop()
        if self._control is not None:
            await self._control.stopListening()
        if self.house is not None:
            await self.house.end()
        self.log.info("stopped")
        self.lines.tell_rest()

    def stopService(self) -> Deferred[None]:  # noqa: N802 - Twisted's name
        """Take nothing more, finish what is in hand, write what waits (threat O6)."""
        super().stopService()  # type: ignore[no-untyped-call]
        self.log.info("stopping")
        return Deferred.fromCoroutine(self._stop())

    def _broke(self, failure: Any) -> None:
        self.log.failure("the queue or the upkeep does not start", failure)

    # Reloading.

    def _hung_up(self, *_: object) -> None:
        self._reactor.callFromThread(self._reload)

    def _reload(self) -> None:
        reloading = Deferred.fromCoroutine(self.reload())
        reloading.addErrback(lambda failure: failure.trap(NotReloaded) and None)
        reloading.addErrback(lambda failure: self.log.failure("reload", failure))

    async def reload(self) -> list[str]:
        """Read the configuration again; return the keys that need a restart.

        Raises:
            NotReloaded: nothing was changed; the words are for the operator.
        """
        new, later = reread(self.config, self.log)
        await self.take(new)
        self.log.info(
            "reloaded; a restart is needed for: {keys}", keys=", ".join(later) or "nothing"
        )
        return later

    async def take(self, new: Config) -> None:
        """Go by another configuration, which was found good."""
        assert self.house is not None
        assert self.doorway is not None
        old, self.config = self.config, new
        self.house.config = new
        self.lines.format, self.lines.level = new.log.format, new.log.level
        for refused in renew_certificates(self.house.certificates, new):
            self.log.warn("certificate not taken: {why}", why=refused)
        self.doorway.renew()
        await self.house.renew(old)

    def state(self) -> Mapping[str, Any]:
        """Figures of the process; no address, no name of anybody."""
        assert self.house is not None
        assert self.doorway is not None
        watchdog = self.house.watchdog
        return {
            "running": True,
            "pid": os.getpid(),
            "up_seconds": int(time.time() - self._started),
            "connections": self.doorway.listeners.census.total,
            "timers": self.doorway.listeners.shared.wheel.armed,
            "delayed_calls": len(self._reactor.getDelayedCalls()),
            "reactor_holds": watchdog.holds,
            "reactor_longest_ms": int(watchdog.longest_seconds * 1000),
        }


def start_or_refuse(start: Callable[[], None], log: Logger) -> None:
    """Start, or say in one sentence why not, and end."""
    try:
        start()
    except REFUSALS as wrong:
        _refuse(str(wrong))
    except Exception as wrong:  # noqa: BLE001 - the port is taken, the disk says no …
        log.failure("the host does not start")
        _refuse(f"{type(wrong).__name__}: {wrong}")


def _refuse(sentence: str) -> None:
    print(sentence.rstrip(".") + ".", file=sys.__stderr__)
    # No thread, lock or half-open door outlives this: the kernel takes them all.
    os._exit(EXIT_REFUSED)


def stand(config: Config) -> None:
    """Whoever serves: the libraries, the rights, the folder. Raises `Unfit`."""
    check_libraries()
    become(config.user, config.data_dir)
    restrain()
    prepare_data_dir(config.data_dir)


def at_once(opening: Coroutine[Any, Any, R]) -> R:
    """What waits for nothing, such as binding: its outcome is there at once."""
    results: list[Any] = []
    running: Deferred[R] = Deferred.fromCoroutine(opening)
    running.addBoth(results.append)
    if isinstance(results[0], Failure):
        results[0].raiseException()
    result: R = results[0]
    return result


def settle_memory() -> None:
    """All parts are built: tell Python's collector of cycles what to expect."""
    # What was made up to here stays for good: a full collection that walks through it holds
    # the reactor for tens of milliseconds.
    gc.collect()
    gc.freeze()
    # A message in hand is a hundred objects, and hundreds are in hand: with Python's 700 the
    # young ones are looked through several times for each that is delivered.
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)


def doomed(doubt: BaseException) -> None:
    """End: a commit may or may not be on disk: nothing more is acknowledged, by anybody."""
    os.write(2, b'level=critical event="the outcome of a commit is unknown; ending at once"\n')
    del doubt
    os._exit(EXIT_DOUBT)
