"""The place of one worker: who fills it is started, told things, and replaced when it dies."""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

import mailsuite
from mailsuite.config import Config
from mailsuite.service.errands import (
    BOARD,
    FIRST_WAKE,
    LOCK,
    ORDERS,
    WORDS,
    Answer,
    Answers,
    AskOthers,
    AskReload,
    Errand,
    NewConfig,
    Question,
    Ready,
    Reloaded,
    Standing,
    Taken,
    Words,
    line,
)
from mailsuite.wire.board import Board

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
STEADY_SECONDS = 300.0  # who has served so long starts again without a pause to remember
ENTRY = "from mailsuite.service.worker import main; main()"


class Keeps(Protocol):
    """What a place needs of the group."""

    reactor: Any
    config: Config
    board: Board
    stopping: bool
    doors: list[tuple[str, Any, bool]]  # name, Twisted's port, behind a balancer
    wakes: list[int]

    @property
    def lock_descriptor(self) -> int:
        """The lock of data_dir, for a worker to hold as well."""
        ...

    def served(self) -> None:
        """A worker serves."""

    def died(self, place: "Place", code: int) -> None:
        """A worker ended."""

    async def reload(self) -> Reloaded:
        """Read the configuration again."""
        ...

    def ask_others(
        self, asking: "Place", request: Mapping[str, Any]
    ) -> Deferred[tuple[Mapping[str, Any], ...]]:
        """What every other worker answers."""
        ...


class Place(ProcessProtocol):
    """The place of one worker: whoever fills it just now."""

    def __init__(self, group: Keeps, number: int) -> None:
        self.number = number
        self.pause = FIRST_PAUSE
        self.serves = False
        self._group = group
        self._process: Any = None
        self._since = 0.0
        self._taking: list[Deferred[None]] = []
        self._ending: list[Deferred[None]] = []
        self._questions: dict[int, Deferred[Mapping[str, Any]]] = {}
        self._number = 0
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
            len(group.wakes),
            tuple(
                Standing(name, descriptor, proxied)
                for descriptor, (name, _, proxied) in enumerate(group.doors, first)
            ),
        )
        descriptors: dict[int, Any] = {0: 0, 1: 1, 2: 2, ORDERS: "w", WORDS: "r"}
        descriptors |= {LOCK: group.lock_descriptor, BOARD: group.board.descriptor}
        descriptors |= dict(enumerate([*group.wakes, *doors], FIRST_WAKE))
        words = [sys.executable, "-P", "-c", ENTRY]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths(str(Path.cwd())))}
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
            self._tell(NewConfig(config))
        return taken

    def ask(self, request: Mapping[str, Any]) -> Deferred[Mapping[str, Any]]:
        """Let the worker answer a request; fires with nothing in it when it dies."""
        answered: Deferred[Mapping[str, Any]] = Deferred()
        if self._process is None:
            answered.callback({})
        else:
            self._number += 1
            self._questions[self._number] = answered
            self._tell(Question(self._number, request))
        return answered

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
        elif isinstance(told, Answer):
            self._questions.pop(told.number).callback(told.answer)
        elif isinstance(told, AskOthers):
            asking = self._group.ask_others(self, told.request)
            asking.addCallback(lambda said: self._tell(Answers(told.number, said)))
        elif isinstance(told, AskReload):
            reloading = Deferred.fromCoroutine(self._group.reload())
            reloading.addErrback(lambda why: Reloaded(refused=f"Not reloaded: {why.value}"))
            reloading.addCallback(self._tell)

    def _tell(self, told: object) -> None:
        if self._process is not None:
            self._process.writeToChild(ORDERS, line(told))

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
        unanswered, self._questions = self._questions, {}
        for asked in unanswered.values():
            asked.callback({})

    @staticmethod
    def _fire(waiting: list[Deferred[None]]) -> None:
        for deferred in waiting:
            deferred.callback(None)


def paths(here: str) -> list[str]:
    """Where a worker looks for modules: where we do, but never in the working directory (O4).

    twistd adds that, and Python itself would run what it finds there by certain names.
    """
    ours = str(Path(mailsuite.__file__).parent.parent)
    return [path for path in sys.path if path and (path == ours or path != here)]


def _code(why: BaseException | None) -> int:
    if isinstance(why, ProcessDone):
        return 0
    if isinstance(why, ProcessTerminated):
        return -why.signal if why.signal else why.exitCode or 0
    return 1
