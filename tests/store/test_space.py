"""A disk that fills up: mail is refused before, and deleting works after."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from mailsuite.errors import StoreFull
from mailsuite.store.delivery import deliver
from mailsuite.store.opening import open_store
from mailsuite.store.schema import blob_data, placement
from mailsuite.store.space import Space
from mailsuite.store.transaction import Transaction
from tests.store.letters import add_account, done, letter, rows

MIB = 1024 * 1024


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_room_is_looked_at_once_a_second(tmp_path: Path) -> None:
    clock = Clock()
    space = Space(tmp_path, free_octets=1 << 62, reserve_octets=0, clock=clock)
    space.admit()
    looks: list[int] = []

    def freelist() -> int:
        looks.append(1)
        return 0

    space.look(freelist)
    space.look(freelist)
    assert len(looks) == 1
    with pytest.raises(StoreFull):
        space.admit()
    clock.now = 1.0
    space.look(lambda: 1 << 62)
    space.admit()


def test_the_reserve_is_given_up_once_and_made_again(tmp_path: Path) -> None:
    clock = Clock()
    space = Space(tmp_path, free_octets=0, reserve_octets=MIB, clock=clock)
    space.look(lambda: 0)
    space.keep_reserve()
    assert space.reserve.stat().st_blocks * 512 >= MIB
    assert space.release_reserve()
    assert not space.release_reserve()
    space.keep_reserve()
    assert not space.reserve.exists(), "not before the next look"
    space.look(lambda: 0)
    space.keep_reserve()
    assert space.reserve.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB, where the machine lets us mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    size = ["-o", "size=8m"]
    command = ["mount", "-t", "tmpfs", *size, "tmpfs", str(folder)]
    mount = subprocess.run(command, capture_output=True, check=False)
    yield folder if mount.returncode == 0 else tmp_path
    if mount.returncode == 0:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.threat("K5")
def test_mail_is_refused_before_the_disk_is_full(small_disk: Path) -> None:
    """The room that is asked for is never touched by deliveries."""
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize - 2 * MIB
    store = open_store(small_disk, free_octets=free, reserve_octets=0, synchronous=0)
    number = done(store.writer.run(add_account, "ann@example.test"))

    def send_many() -> None:
        for _ in range(60):
            store.space._next = 0.0  # every look is due
            done(store.writer.run(deliver, letter(store, os.urandom(100_000), number)))

    with pytest.raises(StoreFull):
        send_many()
    done(store.writer.run(add_account, "bob@example.test"))  # what is not mail goes on
    store.close()


@pytest.mark.threat("K5")
def test_a_full_disk_takes_expunge_and_then_mail_again(small_disk: Path) -> None:
    """Somebody else fills the disk to the last block: mail is refused, deleting commits."""
    if not small_disk.is_mount():
        pytest.fail("this test needs a file system of its own: run it where mount is allowed")
    store = open_store(small_disk, free_octets=3 * MIB // 2, reserve_octets=MIB, synchronous=0)
    number = done(store.writer.run(add_account, "ann@example.test"))

    def send(count: int = 1) -> None:
        for _ in range(count):
            done(store.writer.run(deliver, letter(store, os.urandom(100_000), number)))

    send(4)
    filler = small_disk / "filler"
    fill(filler)
    # The last look was before: this one meets the full disk itself.
    store.space.free, store.space._next = 8 * MIB, float("inf")
    assert store.space.reserve.exists()
    with pytest.raises(StoreFull):
        send(40)
    assert not store.space.reserve.exists()
    with pytest.raises(StoreFull):
        send()
    assert len(rows(store, placement)) >= 4, "reading works on the full disk"

    def expunge(tx: Transaction) -> None:
        tx.execute(delete(placement))
        tx.execute(delete(blob_data))

    done(store.writer.run(expunge))
    assert rows(store, placement) == []
    filler.unlink()
    store.space._next = 0.0
    send()
    store.writer._backend.idle(store.writer._opened())
    assert store.space.reserve.exists()
    store.close()


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
