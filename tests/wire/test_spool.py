"""A message while it arrives: memory first, then a file without a name."""

import errno
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from mailsuite.errors import StoreFull, Unavailable
from mailsuite.wire import spool as spools
from mailsuite.wire.pools import Inline
from mailsuite.wire.spool import MEMORY_OCTETS, Spool


def done(running: Coroutine[Any, Any, Any]) -> Any:
    got: list[Any] = []
    Deferred.fromCoroutine(running).addBoth(got.append)
    if hasattr(got[0], "raiseException"):
        got[0].raiseException()
    return got[0]


def content(spool: Spool) -> bytes:
    with spool.octets() as octets:
        return octets[:]


def test_small_messages_touch_no_disk(tmp_path: Path) -> None:
    spool = Spool(Inline(), tmp_path / "spool")
    done(spool.append(b"x" * MEMORY_OCTETS))
    assert content(spool) == b"x" * MEMORY_OCTETS
    assert not (tmp_path / "spool").exists()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=30), max_size=20))
def test_what_went_in_comes_out(tmp_path: Path, pieces: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spools, "MEMORY_OCTETS", 50)
        patch.setattr(spools, "WRITE_OCTETS", 20)
        spool = Spool(Inline(), tmp_path)
        for piece in pieces:
            done(spool.append(piece))
        whole = b"".join(pieces)
        assert spool.size == len(whole)
        assert content(spool) == content(spool) == whole
        spool.discard()
    assert list(tmp_path.iterdir()) == []  # the file never had a name


@pytest.mark.parametrize("octets", [1_000, 3 * MEMORY_OCTETS])
def test_another_beginning_leaves_what_came_as_it_is(tmp_path: Path, octets: int) -> None:
    spool = Spool(Inline(), tmp_path)
    came = bytes(range(200)) * (octets // 200)
    done(spool.append(came))
    with spool.rewritten(b"start", 150) as made:
        assert made[:] == b"start" + came[150:]
    with spool.rewritten(b"start", len(came)) as made:
        assert made[:] == b"start"
    assert content(spool) == came
    spool.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.threat("S7")
def test_a_discarded_spool_takes_and_gives_nothing(tmp_path: Path) -> None:
    spool = Spool(Inline(), tmp_path)
    done(spool.append(b"x" * (MEMORY_OCTETS + 1)))
    spool.discard()
    spool.discard()
    with pytest.raises(Unavailable):
        done(spool.append(b"x"))
    with pytest.raises(Unavailable):
        content(spool)


class Held:
    """A pool whose job runs when the test says."""

    def __init__(self) -> None:
        self.jobs: list[Any] = []

    def run(self, function: Any, *args: Any, **kwargs: Any) -> Deferred[Any]:
        waiting: Deferred[Any] = Deferred()
        self.jobs.append(lambda: waiting.callback(function(*args, **kwargs)))
        return waiting

    def stop(self) -> None:
        """Nothing runs."""


def test_whoever_appends_waits_for_the_disk(tmp_path: Path) -> None:
    pool = Held()
    spool = Spool(pool, tmp_path)
    got: list[Any] = []
    Deferred.fromCoroutine(spool.append(b"x" * (MEMORY_OCTETS + 1))).addBoth(got.append)
    assert got == []
    pool.jobs[0]()
    assert got == [None]
    spool.discard()


def test_a_spool_discarded_while_it_is_written_closes_its_file_afterwards(tmp_path: Path) -> None:
    pool = Held()
    spool = Spool(pool, tmp_path)
    got: list[Any] = []
    Deferred.fromCoroutine(spool.append(b"x" * (MEMORY_OCTETS + 1))).addBoth(got.append)
    spool.discard()
    pool.jobs[0]()
    assert got == [None]
    assert spool._file is None


@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EIO, Unavailable)],
)
def test_trouble_with_the_disk_is_the_senders_to_hear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def full(**_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(error):
        done(Spool(Inline(), tmp_path).append(b"x" * (MEMORY_OCTETS + 1)))
