"""Collecting: what is unreferenced goes after its time, and never under somebody's hands."""

import contextlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from mailsuite.errors import Unavailable
from mailsuite.store.blobs import read_octets
from mailsuite.store.bodies import release_blobs
from mailsuite.store.delivery import deliver
from mailsuite.store.events import Event, record_event
from mailsuite.store.opening import Store, open_store
from mailsuite.store.removal import release_messages
from mailsuite.store.schema import blob, blob_data, blob_meta, event, message, undelete
from mailsuite.store.transaction import Transaction
from mailsuite.store.upkeep import (
    collect_blobs,
    forget_events,
    forget_expunged,
    old_files,
    sweep_files,
)
from tests.store.failing import fails_cleanly
from tests.store.letters import add_account, content, done, letter, rows

LARGE = os.urandom(200_000)


@pytest.fixture
def ann(store: Store) -> int:
    return int(done(store.writer.run(add_account, "ann@example.test")))


def expunged_at(tx: Transaction, at: int) -> None:
    """Every message as if expunged then."""
    for number, account_id in [(1, 1)]:
        row = {"id": number, "account_id": account_id, "message_id": 1, "expunged_at": at}
        tx.execute(insert(undelete), row)


def test_an_expunged_message_goes_after_its_time(store: Store, ann: int) -> None:
    """Kept for the undelete time, then its references, then (an hour later) its body."""
    done(store.writer.run(deliver, letter(store, "Hello", ann)))
    now = int(store.clock())
    done(store.writer.run(expunged_at, now - 100))
    assert done(store.writer.run(forget_expunged, 101)) == 0
    assert fails_cleanly(store, forget_expunged, 100) == 1
    assert rows(store, message) == []
    assert [(row.refs, row.unreferenced_since) for row in rows(store, blob)] == [(0, now)]
    assert done(store.writer.run(collect_blobs, 1)) == 0
    assert fails_cleanly(store, collect_blobs, 0) == 1
    assert rows(store, blob) == rows(store, blob_data) == rows(store, blob_meta) == []


@pytest.mark.threat("K18")
def test_a_body_that_comes_again_is_not_collected(store: Store, ann: int) -> None:
    """A new message takes the old body's row while the collector has its eye on it."""
    done(store.writer.run(deliver, letter(store, LARGE, ann)))
    done(store.writer.run(release_messages, [1]))
    done(store.writer.run(deliver, letter(store, LARGE, ann)))
    assert done(store.writer.run(collect_blobs, 0)) == 0
    number = rows(store, message)[0].id
    assert done(store.readers.run(read_octets, number)) == LARGE


@pytest.mark.threat("K18")
@pytest.mark.threat("K10")
def test_files_without_a_row_are_swept_after_a_day(store: Store, ann: int) -> None:
    """Orphans and what a crash left in tmp go; what a row names, and what is young, stays."""
    done(store.writer.run(deliver, letter(store, LARGE, ann)))
    content(LARGE[1:], store.large)
    left = store.large.write([b"left by a crash"])
    assert old_files(store.large) == []
    limit = left.stat().st_mtime + 1
    candidates = old_files(store.large, limit)
    assert len(candidates) == 3
    content(LARGE[1:], store.large)  # comes again while the sweeper is about to act
    for path, digest, _ in candidates:
        if digest is not None:
            os.utime(path, (limit - 5, limit - 5))
    fresh = store.large.path(content(LARGE[1:], store.large).hash, 0)
    os.utime(fresh, (limit + 5, limit + 5))
    assert done(store.writer.run(sweep_files, candidates, limit)) == 1
    assert not left.exists()
    os.utime(fresh, (limit - 5, limit - 5))
    assert done(store.writer.run(sweep_files, candidates, limit)) == 1
    assert done(store.readers.run(read_octets, rows(store, message)[0].id)) == LARGE


@pytest.mark.threat("K10")
@pytest.mark.threat("K18")
def test_a_file_that_was_swept_refuses_its_delivery(store: Store, ann: int) -> None:
    """A row never points to a missing body: the peer tries again, and the file is there again."""
    waiting = letter(store, LARGE, ann)
    store.large.remove(waiting.content.hash, waiting.content.codec)
    with pytest.raises(Unavailable):
        done(store.writer.run(deliver, waiting))
    assert rows(store, blob) == []


class Shared:
    """An inline store that several threads use in turn, as they use the writing thread."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lock = threading.Lock()
        self.failures: list[BaseException] = []
        self.written = 0

    def write(self, function: Any, *args: Any) -> Any:
        with self.lock:
            return done(self.store.writer.run(function, *args))

    def check(self) -> list[int]:
        """Every message has its body; their ids."""
        numbers = [row.id for row in rows(self.store, message)]
        for number in numbers:
            assert done(self.store.readers.run(read_octets, number)) == LARGE
        return numbers

    def send_and_delete(self, account_id: int) -> None:
        for _ in range(12):
            with contextlib.suppress(Unavailable):  # swept before its COMMIT: the peer tries again
                self.write(deliver, letter(self.store, LARGE, account_id))
                self.written += 1
            with self.lock:
                numbers = self.check()
                done(self.store.writer.run(release_messages, numbers[:1]))

    def busy(self, account_id: int) -> None:
        try:
            self.send_and_delete(account_id)
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.failures.append(error)

    def collect(self) -> None:
        self.write(collect_blobs, 0)
        later = float("inf")
        self.write(sweep_files, old_files(self.store.large, later), later)


@pytest.mark.threat("K18")
def test_one_body_delivered_and_collected_by_many_threads(tmp_path: Path) -> None:
    """Eight threads deliver and delete one large body while the collector always runs."""
    shared = Shared(open_store(tmp_path / "var", synchronous=0, reserve_octets=0))
    ann = shared.write(add_account, "ann@example.test")
    threads = [threading.Thread(target=shared.busy, args=(ann,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        shared.collect()
    for thread in threads:
        thread.join()
    assert shared.failures == []
    assert shared.written
    shared.check()
    shared.store.close()


def test_old_stories_are_forgotten(store: Store) -> None:
    done(store.writer.run(record_event, "old", Event("stored")))

    def age(tx: Transaction) -> None:
        tx.execute(update(event).values(at=event.c.at - 100))

    done(store.writer.run(age))
    done(store.writer.run(record_event, "new", Event("stored")))
    assert fails_cleanly(store, forget_events, 100) == 1
    assert [row.trace for row in rows(store, event)] == ["new"]


def test_references_are_counted_down(store: Store, ann: int) -> None:
    done(store.writer.run(deliver, letter(store, "Hello", ann, ann)))
    (number,) = [row.id for row in rows(store, blob)]
    done(store.writer.run(release_blobs, [number]))
    assert [row.refs for row in rows(store, blob)] == [0]
