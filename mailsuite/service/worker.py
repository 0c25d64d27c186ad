"""One of several workers: a whole host, but for what only one of them may do.

Started by `mailsuite.service.group`, which has prepared the store and bound the doors. The first
worker has the queue's relay, the upkeep and the control socket too.
"""

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.control.server import listen
from mailsuite.control.verbs import answer
from mailsuite.service.building import build, joined_store, parts_of, shared_counting
from mailsuite.service.certificates import open_certificates
from mailsuite.service.doors import Doorway
from mailsuite.service.errands import (
    BOARD,
    ORDERS,
    READ_OCTETS,
    WORDS,
    Answer,
    Answers,
    AskOthers,
    AskReload,
    Ear,
    Errand,
    NewConfig,
    Question,
    Ready,
    Reloaded,
    Taken,
    Words,
    first_line,
    line,
    word,
)
from mailsuite.service.footing import restrain
from mailsuite.service.host import Host, doomed, settle_memory, start_or_refuse
from mailsuite.service.reloading import NotReloaded
from mailsuite.wire.adopting import attentive
from mailsuite.wire.board import Board

BEAT_SECONDS = 1.0
PR_SET_PDEATHSIG = 1  # prctl(2)
EXIT_ALONE = 71  # the supervisor is gone


class Worker(Host):
    """A host whose doors stand open already, and whose store others write to as well."""

    log = Logger()

    def __init__(self, errand: Errand, reactor: Any) -> None:
        super().__init__(errand.config, reactor)
        self.errand = errand
        self.board = Board(BOARD, errand.number, errand.workers)
        self._asked: list[Deferred[list[str]]] = []
        self._questions: dict[int, Deferred[Sequence[Mapping[str, Any]]]] = {}
        self._number = 0
        self._parts: Any = None

    def startService(self) -> None:  # noqa: N802 - Twisted's name
        """Start, or say in one sentence why not, and end."""
        self.running = 1
        start_or_refuse(self._start, self.log)

    def _start(self) -> None:
        restrain()
        certificates = open_certificates(self.config)
        store = joined_store(self.config, self.board, self.errand.wakes, self.turn, doomed)
        catch_up = store.changes.catch_up
        counting = shared_counting(self.board, self.config.data_dir)
        self.house = build(self.config, self.turn, store, certificates, counting)
        self.house.first = self.errand.first
        self.doorway = Doorway(self.house)
        self.doorway.listeners.connection = attentive(catch_up)
        settle_memory()
        self._listen_to_others(catch_up)
        self._begin()
        for standing in self.errand.doors:
            self.doorway.listeners.adopt(
                self.doorway.door(standing.door),
                socket.socket(fileno=standing.descriptor),
                proxied=standing.proxied,
            )
        self._beat()
        os.write(WORDS, line(Ready()))

    def _begin(self) -> None:
        assert self.house is not None
        assert self.doorway is not None
        standing = self.doorway.listeners.standing
        self._parts = parts_of(self.house, self.state, self.reload, standing)
        self.lines.afterwards = self.turn.afterwards
        self.house.watchdog.watch(self._reactor)
        self.house.greet()
        if self.errand.first:
            parts = evolve(self._parts, others=self._ask_others)
            self._control = listen(self._reactor, self.config.data_dir, parts)
            Deferred.fromCoroutine(self.house.begin()).addErrback(self._broke)

    def _listen_to_others(self, catch_up: Any) -> None:
        words = Words(self._heard)
        wake = self.errand.wakes[self.errand.number - 1]

        def spoken() -> None:
            octets = os.read(ORDERS, READ_OCTETS)
            if not octets:  # nobody would start this one again, nor keep others from the store
                os._exit(EXIT_ALONE)
            words.feed(octets)

        def woken() -> None:
            try:
                os.eventfd_read(wake)
            except BlockingIOError:
                return
            catch_up()

        self._reactor.addReader(Ear(ORDERS, spoken))
        self._reactor.addReader(Ear(wake, woken))

    # What the supervisor says.

    def _heard(self, told: Any) -> None:
        if isinstance(told, NewConfig):
            taking = Deferred.fromCoroutine(self.take(told.config))
            taking.addCallbacks(lambda _: os.write(WORDS, line(Taken())), self._not_taken)
        elif isinstance(told, Reloaded):
            waiting, self._asked = self._asked, []
            for asked in waiting:
                if told.refused:
                    asked.errback(NotReloaded(told.refused))
                else:
                    asked.callback(list(told.later))
        elif isinstance(told, Question):
            answering = Deferred.fromCoroutine(answer(self._parts, told.request))
            answering.addCallback(lambda said: os.write(WORDS, line(Answer(told.number, said))))
        elif isinstance(told, Answers):
            self._questions.pop(told.number).callback(told.answers)

    def _not_taken(self, failure: Any) -> None:
        # The supervisor starts another, which goes by the new configuration from the start.
        self.log.failure("the configuration could not be taken", failure)
        self._reactor.stop()

    async def _ask_others(self, verb: str, arguments: Mapping[str, Any]) -> list[Any]:
        answered: Deferred[Sequence[Mapping[str, Any]]] = Deferred()
        number = self._number = self._number + 1
        self._questions[number] = answered
        request = {"verb": verb, "arguments": dict(arguments)}
        os.write(WORDS, line(AskOthers(number, request)))
        return [each["ok"] for each in await answered if "ok" in each]

    async def reload(self) -> list[str]:
        """Ask the supervisor: all workers reload, or none."""
        asked: Deferred[list[str]] = Deferred()
        self._asked.append(asked)
        if len(self._asked) == 1:
            os.write(WORDS, line(AskReload()))
        return await asked

    # Figures.

    def _beat(self) -> None:
        assert self.house is not None
        self.house.directory.look_again()
        for name, value in super().state().items():
            if name != "running":
                self.board.tell(name, value)
        self.board.tell("beat", int(time.monotonic() * 1000))
        self._reactor.callLater(BEAT_SECONDS, self._beat)

    def state(self) -> Mapping[str, Any]:
        """Figures of all workers, the first one's on top, and what they add up to."""
        found = dict(super().state())
        each = [self.board.told(number) for number in range(1, self.errand.workers + 1)]
        found["connections"] += sum(one["connections"] for one in each[1:])
        found["workers"] = [{k: v for k, v in one.items() if k != "beat"} for one in each]
        return found


def main() -> None:
    """Serve until told to stop, or until the supervisor is gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # Ctrl-C reaches the whole group: the supervisor hands it on in its own way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    errand: Errand = word(first_line(ORDERS))
    from twisted.internet import reactor  # noqa: PLC0415 - installs it
    from twisted.logger import globalLogBeginner  # noqa: PLC0415 - as above

    running: Any = reactor
    worker = Worker(errand, reactor)
    observer: Any = worker.lines
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False, discardBuffer=True)
    running.callWhenRunning(worker.startService)
    running.addSystemEventTrigger("before", "shutdown", worker.stopService)
    running.run()
    sys.stderr.flush()
