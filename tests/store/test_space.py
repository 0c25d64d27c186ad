"""A disk that fills up: mail is refused before, and deleting works after."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import delete

from mailsuite.errors import StoreFull
from mailsuite.store.delivery import deliver
from mailsuite.store.opening import Store, open_store
from mailsuite.store.schema import blob_data, placement
from mailsuite.store.space import Space
from mailsuite.store.transaction import Transaction
from tests.store.letters import add_account, done, letter, rows

MIB = 1024 * 1024
LETTER = b"Subject: x\r\n\r\n"


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


@pytest.mark.threat("K5")
def test_mail_is_refused_before_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room that is asked for is never touched by deliveries."""

    def eight_mib(folder: Path) -> SimpleNamespace:
        used = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
        return SimpleNamespace(f_bavail=(8 * MIB - used) // 4096, f_frsize=4096)

    monkeypatch.setattr("mailsuite.store.space.os.statvfs", eight_mib)
    store = open_store(tmp_path, free_octets=4 * MIB, reserve_octets=0, synchronous=0)
    number = done(store.writer.run(add_account, "ann@example.test"))

    def send_many() -> None:
        for _ in range(60):
            store.space._next = 0.0  # every look is due
            done(store.writer.run(deliver, letter(store, LETTER + os.urandom(100_000), number)))

    with pytest.raises(StoreFull):
        send_many()
    assert len(rows(store, placement)) > 3
    assert eight_mib(tmp_path).f_bavail * 4096 > 3 * MIB
    done(store.writer.run(add_account, "bob@example.test"))  # what is not mail goes on
    store.close()


class Disk:
    """A disk that somebody else fills: a small file system, or SQLite's own limit on its size."""

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.folder = folder
        self.mounted = mounted

    def fill(self, store: Store) -> None:
        """Not a block is left, but for the reserve."""
        if self.mounted:
            filler = (self.folder / "filler").open("wb", buffering=0)
            with filler, contextlib.suppress(OSError):
                while filler.write(b"x" * 4096):
                    pass
            return
        connection, real = store.writer._opened(), store.space.release_reserve
        (pages,) = connection.plain("PRAGMA page_count").fetchone()
        connection.plain(f"PRAGMA max_page_count={pages}").fetchall()

        def release() -> bool:
            connection.plain(f"PRAGMA max_page_count={pages + 128}").fetchall()
            return real()

        store.space.release_reserve = release  # type: ignore[method-assign]

    def free(self, store: Store) -> None:
        """There is room again."""
        (self.folder / "filler").unlink(missing_ok=True)
        if not self.mounted:
            store.writer._opened().plain("PRAGMA max_page_count=1000000").fetchall()


@pytest.fixture(params=["file system", "page limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A file system of 8 MiB where the machine lets us mount one, else the limit alone."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    mounted = (
        request.param == "file system"
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )
    yield Disk(folder, mounted=mounted)
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.threat("K5")
def test_a_full_disk_takes_expunge_and_then_mail_again(disk: Disk) -> None:
    """Somebody else fills the disk to the last block: mail is refused, deleting commits."""
    store = open_store(disk.folder, free_octets=3 * MIB // 2, reserve_octets=MIB, synchronous=0)
    number = done(store.writer.run(add_account, "ann@example.test"))

    def send(count: int = 1) -> None:
        for _ in range(count):
            done(store.writer.run(deliver, letter(store, LETTER + os.urandom(100_000), number)))

    send(4)
    disk.fill(store)
    # The last look was before: this one meets the full disk itself.
    store.space.free, store.space._next = 8 * MIB, float("inf")
    assert store.space.reserve.exists()
    with pytest.raises(StoreFull):
        send(80)
    assert not store.space.reserve.exists()
    store.space.free, store.space.freelist, store.space._next = MIB, 0, float("inf")
    with pytest.raises(StoreFull):
        send()
    assert len(rows(store, placement)) >= 4, "reading works on the full disk"

    def expunge(tx: Transaction) -> None:
        tx.execute(delete(placement))
        tx.execute(delete(blob_data))

    done(store.writer.run(expunge))
    assert rows(store, placement) == []
    disk.free(store)
    store.space._next = 0.0
    send()
    store.writer._backend.idle(store.writer._opened())
    assert store.space.reserve.exists()
    store.close()
