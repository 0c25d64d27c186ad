"""The supervisor of workers: who dies is replaced, who is silent is killed, or all begin anew."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from mailsuite.config import Config
from mailsuite.service import group as module
from mailsuite.service.errands import (
    ORDERS,
    Answer,
    Answers,
    AskOthers,
    AskReload,
    Errand,
    Question,
    Ready,
    Reloaded,
    Taken,
    line,
    word,
)
from mailsuite.service.group import SILENT_SECONDS, Group
from mailsuite.service.place import LONGEST_PAUSE, Place, paths
from mailsuite.wire.board import HEAD, Board

CONFIG = Config(Path("/etc/mailsuite.toml"), "mail.example.test", Path("/var/mail"), workers=2)


class Ended(BaseException):
    """The supervisor ends, with a code."""


class Process:
    """A worker, as Twisted shows it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.orders: list[Any] = []

    def writeToChild(self, descriptor: int, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        assert descriptor == ORDERS
        self.orders.append(word(octets))


class Reactor(Clock):
    """Starts nothing, and remembers what was to be started."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[Process] = []

    def spawnProcess(self, *_: object, **__: object) -> Process:  # noqa: N802 - Twisted's name
        self.started.append(Process(1_000 + len(self.started)))
        return self.started[-1]


class Trial:
    """A group of two workers that never were."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reactor = Reactor()
        self.killed: list[tuple[int, int]] = []
        monkeypatch.setattr(os, "kill", lambda pid, number: self.killed.append((pid, number)))

        def end(code: int) -> None:
            raise Ended(code)

        monkeypatch.setattr(os, "_exit", end)
        self.group = Group(CONFIG, self.reactor)
        self.group.board = Board.make(2)
        self.group.wakes = [os.eventfd(0, os.EFD_NONBLOCK) for _ in range(2)]
        self.group.places = [Place(self.group, 1), Place(self.group, 2)]
        self.group._lock = type("Lock", (), {"descriptor": 0, "give_back": lambda _: None})()
        self.group._begin()

    def says(self, number: int, told: object) -> None:
        self.group.places[number - 1].childDataReceived(4, line(told))

    def dies(self, number: int, code: int | None = None, by: int | None = None) -> None:
        why = ProcessDone(0) if code == 0 else ProcessTerminated(code, by, 0)
        self.group.places[number - 1].processEnded(Failure(why))


@pytest.fixture
def tested(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    tested = Trial(monkeypatch)
    yield tested
    for wake in tested.group.wakes:
        os.close(wake)


def test_each_worker_gets_its_errand(tested: Trial) -> None:
    errands = [process.orders[0] for process in tested.reactor.started]
    assert [errand.number for errand in errands] == [1, 2]
    assert all(isinstance(errand, Errand) and errand.config == CONFIG for errand in errands)


def test_who_dies_is_replaced_after_a_pause_that_grows(tested: Trial) -> None:
    tested.says(1, Ready())
    tested.says(2, Ready())
    pauses = []
    for _ in range(10):
        tested.dies(2, by=signal.SIGKILL)
        pauses.append(tested.group.places[1].pause / 2)
        count = len(tested.reactor.started)
        tested.reactor.advance(pauses[-1] - 0.1)
        assert len(tested.reactor.started) == count
        tested.reactor.advance(LONGEST_PAUSE)
        assert len(tested.reactor.started) == count + 1
    assert pauses[:3] == [0.5, 1, 2]
    assert tested.reactor.started[-1].orders[0].number == 2


def test_what_a_dead_worker_left_is_told_to_the_others(tested: Trial) -> None:
    """Its connections are nobody's; and what it committed last nobody heard of."""
    board = tested.group.board
    Board(board.descriptor, 2, 2).tell("connections", 7)
    announced = board.words[HEAD]
    tested.says(1, Ready())
    tested.dies(2, by=signal.SIGKILL)
    assert board.told(2)["connections"] == 0
    assert board.words[HEAD] == announced + 1
    assert os.eventfd_read(tested.group.wakes[0]) == 1


@pytest.mark.threat("K4")
def test_after_a_commit_in_doubt_all_begin_anew(tested: Trial) -> None:
    """The next start checkpoints before it serves; nobody may write before that."""
    tested.says(1, Ready())
    tested.says(2, Ready())
    with pytest.raises(Ended, match="70"):
        tested.dies(1, code=70)
    assert (1_001, signal.SIGKILL) in tested.killed


def test_what_one_refuses_at_the_start_ends_all(tested: Trial) -> None:
    with pytest.raises(Ended, match="78"):
        tested.dies(1, code=78)
    assert (1_001, signal.SIGKILL) in tested.killed


def test_what_one_refuses_later_is_tried_again(tested: Trial) -> None:
    """A certificate that has become unfit meanwhile closes no door that is open."""
    tested.says(1, Ready())
    tested.says(2, Ready())
    tested.dies(1, code=78)
    tested.reactor.advance(1)
    assert len(tested.reactor.started) == 3


@pytest.mark.threat("K20")
def test_who_shows_no_life_is_killed(tested: Trial) -> None:
    """A worker that is stopped while it may write keeps all others from writing."""
    now = int(time.monotonic() * 1000)
    tested.group.board.beat(1, now)
    tested.group.board.beat(2, now - int(SILENT_SECONDS * 1000) - 1)
    tested.reactor.advance(1)
    assert tested.killed == [(1_001, signal.SIGKILL)]


@pytest.mark.threat("O8")
def test_a_wrong_configuration_reaches_no_worker(tested: Trial, tmp_path: Path) -> None:
    file = tmp_path / "mailsuite.toml"
    file.write_text('hostname = "mail.example.test"\ndata_dir = "var"\nworkers = "many"\n')
    tested.group.config = Config(file, "mail.example.test", tmp_path / "var", workers=2)
    tested.says(1, AskReload())
    first, second = (process.orders[1:] for process in tested.reactor.started)
    assert [type(told) for told in first] == [Reloaded]
    assert "workers must be a number from 1 to 16" in first[0].refused
    assert not second


def test_a_reload_is_over_when_every_worker_has_taken_it_or_is_dead(
    tested: Trial, tmp_path: Path
) -> None:
    file = tmp_path / "mailsuite.toml"
    file.write_text('hostname = "mail.example.test"\ndata_dir = "var"\nworkers = 2\n')
    (tmp_path / "var").mkdir()
    tested.group.config = Config(file, "mail.example.test", tmp_path / "var", workers=2)
    tested.says(1, Ready())
    tested.says(1, AskReload())
    first, second = tested.reactor.started
    assert [type(one.orders[-1]).__name__ for one in (first, second)] == ["NewConfig"] * 2
    tested.says(1, Taken())
    assert Reloaded() not in first.orders, "one has not taken it yet"
    tested.dies(2, by=signal.SIGKILL)
    assert first.orders[-1] == Reloaded()
    tested.reactor.advance(1)
    assert tested.reactor.started[-1].orders[0].config == tested.group.config


def test_others_are_asked_and_the_dead_say_nothing(tested: Trial) -> None:
    tested.says(1, Ready())
    request = {"verb": "session list", "arguments": {}}
    first, second = tested.reactor.started
    for number in (7, 8):
        tested.says(1, AskOthers(number, request))
    one, other = second.orders[1:]
    assert one == Question(1, request)
    tested.says(2, Answer(other.number, {"ok": [8]}))
    assert first.orders[-1] == Answers(8, ({"ok": [8]},))
    tested.dies(2, by=signal.SIGKILL)
    assert first.orders[-1] == Answers(7, ({},))


@pytest.mark.threat("O6")
def test_a_stop_waits_for_every_worker_and_then_kills(tested: Trial) -> None:
    done: list[object] = []
    tested.group.stopService().addCallback(done.append)
    assert [number for _, number in tested.killed] == [signal.SIGTERM] * 2
    tested.dies(1, code=0)
    tested.reactor.advance(40)
    assert tested.killed[2:] == [(1_001, signal.SIGKILL)]
    tested.dies(2, by=signal.SIGKILL)
    assert done
    tested.reactor.advance(100)
    assert len(tested.reactor.started) == 2


@pytest.mark.threat("O4")
def test_no_worker_looks_for_modules_in_the_working_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = str(Path(module.__file__).parents[2])
    monkeypatch.setattr(sys, "path", ["", "/srv/hostile", root, "/usr/lib/python3"])
    assert paths("/srv/hostile") == [root, "/usr/lib/python3"]
    assert root in paths(root), "unless we ourselves are there"
