"""Power lost at any moment: what was acknowledged before is there after."""

import itertools
import random
import shutil
from pathlib import Path

import pytest

from tests.crash.ledger import check_ledger, read_words
from tests.crash.power import Call, Disk, calls_of, record

JOBS = 6


def cut_at(calls: list[Call], before: Path, data_dir: Path, moment: int, into: Path) -> int:
    """Check the disk as it is when the power goes at this moment; letters acknowledged by then."""
    disk = Disk(str(data_dir))
    disk.load(before)
    said = b""
    for call in calls[:moment]:
        if call.path == "stdout":
            said += call.octets
        else:
            disk.apply(call)
    disk.cut(into, random.Random(moment))
    told = read_words(said.decode())
    check_ledger(into, told)
    shutil.rmtree(into)
    return len(told.acknowledged)


def test_a_log_is_read_whatever_process_ids_are_and_threads_cut() -> None:
    """A short id is followed by more spaces; a call that waits has its line cut in two."""
    path = r'"\x2f\x76\x2f\x61"'
    lines = [
        f"7     unlink({path}) = 0\n",
        f"54321 unlink({path}) = -1 ENOENT\n",
        r"77    write(1<\x70>, " + r'"\x6f\x6b", 2 <unfinished ...>' + "\n",
        f"4321  mkdir({path}, 0700) = 0\n",
        "77    <... write resumed>) = 2\n",
    ]
    assert list(calls_of(lines, "/v")) == [
        Call("unlink", "/v/a"),
        Call("mkdir", "/v/a"),
        Call("write", "stdout", b"ok"),
    ]


@pytest.fixture
def recorded(one_account: Path, data_dir: Path) -> tuple[list[Call], Path]:
    calls, said = record(data_dir, JOBS)
    assert len(read_words(said).acknowledged) == JOBS
    return calls, one_account


@pytest.mark.threat("K3")
def test_power_lost_around_each_acknowledgement(
    recorded: tuple[list[Call], Path], data_dir: Path, tmp_path: Path
) -> None:
    """Right after each 250, and in the middle of the writes before the next."""
    calls, before = recorded
    said = [n + 1 for n, call in enumerate(calls) if call.path == "stdout"]
    middles = [(a + b) // 2 for a, b in itertools.pairwise(said) if b - a > 4]
    kept = [
        cut_at(calls, before, data_dir, moment, tmp_path / "cut")
        for moment in sorted({*said[2:], *middles})
    ]
    assert kept[0] == 0
    assert kept[-1] == JOBS


@pytest.mark.threat("K3")
@pytest.mark.long
def test_power_lost_at_every_call(
    recorded: tuple[list[Call], Path], data_dir: Path, tmp_path: Path
) -> None:
    """The same after each system call of the run."""
    calls, before = recorded
    for moment in range(len(calls)):
        cut_at(calls, before, data_dir, moment, tmp_path / "cut")


def test_a_store_that_does_not_sync_is_caught(
    recorded: tuple[list[Call], Path], data_dir: Path, tmp_path: Path
) -> None:
    """The proof that the cut bites: with the syncs taken out, letters are lost."""
    calls, before = recorded
    lying = [call for call in calls if call.name not in {"fsync", "fdatasync"}]

    def cut_near_the_end() -> None:
        for moment in range(len(lying) - 8, len(lying)):
            cut_at(lying, before, data_dir, moment, tmp_path / f"cut{moment}")

    with pytest.raises(Exception, match=r"acknowledged|malformed|disk image"):
        cut_near_the_end()
