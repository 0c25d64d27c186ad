"""Killed, lied to and out of room at any system call: what was acknowledged is there, once."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.injection import ROOT, Ended, run_scenario
from tests.crash.ledger import check_ledger, read_words
from tests.crash.scenario import DOOMED

JOBS = 5
WRITES = 150  # more than a run has
SYNCS = 25


def checked(data_dir: Path, calls: str, inject: str) -> Ended:
    ended = run_scenario(data_dir, jobs=JOBS, calls=calls, inject=inject)
    check_ledger(data_dir, ended.told)
    return ended


def test_without_any_fault(tmp_path: Path) -> None:
    """The scenario runs through from an empty folder, and the ledger agrees."""
    ended = run_scenario(tmp_path / "var", jobs=JOBS)
    assert ended.told.closed, ended.stderr
    assert len(ended.told.acknowledged) == JOBS
    check_ledger(tmp_path / "var", ended.told)


@pytest.mark.threat("K2")
@pytest.mark.parametrize("letters", [1, 3])
def test_killed_after_an_acknowledgement(data_dir: Path, letters: int) -> None:
    """kill -9 as soon as a letter is acknowledged, whatever is under way then."""
    command = [sys.executable, "-m", "tests.crash.scenario", str(data_dir), "1000"]
    said = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        assert running.stdout is not None
        while f"ok {letters} " not in said:
            line = running.stdout.readline()
            assert line, said
            said += line
        running.kill()
        said += running.stdout.read()
    assert letters in read_words(said).acknowledged
    check_ledger(data_dir, read_words(said))


def killed(data_dir: Path, calls: str, number: int) -> None:
    ended = checked(data_dir, calls, f"signal=KILL:when={number}")
    assert ended.injected == (not ended.told.closed), "it was killed, or the run was shorter"


@pytest.mark.threat("K2")
@pytest.mark.parametrize("number", [4, 31, 90])
def test_killed_at_a_write(data_dir: Path, number: int) -> None:
    """kill -9 in the middle of a write: nothing lost, doubled or half there."""
    killed(data_dir, "pwrite64", number)


@pytest.mark.threat("K10")
@pytest.mark.parametrize(("calls", "number"), [("rename", 1), ("fsync", 2)])
def test_killed_between_a_file_and_its_row(data_dir: Path, calls: str, number: int) -> None:
    """A large body without its row is an orphan; a row without its body there never is."""
    ended = run_scenario(
        data_dir, jobs=JOBS, calls=calls, inject=f"signal=KILL:when={number}", everywhere=True
    )
    assert ended.injected
    assert not ended.told.closed
    check_ledger(data_dir, ended.told)


@pytest.mark.threat("K2")
@pytest.mark.long
@pytest.mark.parametrize("calls", ["pwrite64", "fdatasync,fsync", "ftruncate,unlink,rename"])
@pytest.mark.parametrize("number", range(1, WRITES))
def test_killed_at_every_call(data_dir: Path, calls: str, number: int) -> None:
    """The same at each of them."""
    killed(data_dir, calls, number)


def unsynced(data_dir: Path, number: int) -> Ended:
    ended = checked(data_dir, "fdatasync,fsync", f"error=EIO:when={number}")
    if ended.injected and not ended.told.closed:
        assert ended.status == DOOMED or not ended.told.opened, ended.stderr
    return ended


@pytest.mark.threat("K4")
@pytest.mark.parametrize("number", [2, 3])
def test_a_failed_sync_ends_the_process(data_dir: Path, number: int) -> None:
    """Not acknowledged, not tried again: the process ends, and the next start checks."""
    ended = unsynced(data_dir, number)
    assert ended.status == DOOMED
    assert ended.told.refused.keys() <= {ended.told.tried[-1]}
    again = run_scenario(data_dir, jobs=0)
    assert again.told.closed, again.stderr


@pytest.mark.threat("K4")
@pytest.mark.long
@pytest.mark.parametrize("number", range(1, SYNCS))
def test_each_failed_sync(data_dir: Path, number: int) -> None:
    """The same at each of them."""
    unsynced(data_dir, number)


def lives_on(data_dir: Path, inject: str) -> Ended:
    ended = checked(data_dir, "pwrite64", inject)
    if ended.told.opened:
        assert ended.told.closed, ended.stderr
        assert {*ended.told.acknowledged, *ended.told.refused} == set(range(1, JOBS + 1))
    return ended


@pytest.mark.threat("K6")
@pytest.mark.parametrize("fault", ["error=EIO", "error=EDQUOT", "error=EROFS", "retval=0"])
@pytest.mark.parametrize("number", [30])
def test_a_failed_write_is_refused_and_the_next_goes_through(
    data_dir: Path, fault: str, number: int
) -> None:
    """One letter is deferred, its neighbours are not touched, the process lives."""
    ended = lives_on(data_dir, f"{fault}:when={number}")
    assert ended.injected
    assert len(ended.told.refused) <= 1
    assert len(ended.told.acknowledged) >= JOBS - 1


@pytest.mark.threat("K6")
@pytest.mark.long
@pytest.mark.parametrize("fault", ["error=EIO", "error=ENOSPC", "error=ENOMEM", "retval=0"])
@pytest.mark.parametrize("number", range(1, WRITES, 3))
def test_each_failed_write(data_dir: Path, fault: str, number: int) -> None:
    """The same at each of them."""
    lives_on(data_dir, f"{fault}:when={number}")


@pytest.mark.threat("K5")
def test_no_room_for_any_more_writes(data_dir: Path) -> None:
    """Every write fails from here on: refused as full, alive, and what was stored is read."""
    ended = lives_on(data_dir, "error=ENOSPC:when=40+")
    assert ended.told.acknowledged
    assert set(ended.told.refused.values()) == {"StoreFull"}
