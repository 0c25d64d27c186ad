"""SQLite: one checkpointer, a WAL that is watched."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from twisted.logger import capturedLogs

from mailsuite.store import sqlite as backend_module
from mailsuite.store.delivery import deliver
from mailsuite.store.opening import Store, open_store
from mailsuite.store.schema import blob_data, domain, placement
from mailsuite.store.transaction import Transaction
from tests.store.letters import add_account, done, letter, rows

READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA wal_autocheckpoint=0")
connection.execute("PRAGMA mmap_size=0").fetchall()
last = -1
while last < int(sys.argv[2]):
    connection.execute("BEGIN")
    count, = connection.execute("SELECT count(*) FROM placement").fetchone()
    kept, = connection.execute("SELECT messages FROM mailbox").fetchone()
    connection.execute("ROLLBACK")
    assert count == kept and count >= last, (count, kept, last)
    last = count
print("read", last)
"""


@pytest.fixture
def plain(tmp_path: Path) -> Store:
    return open_store(tmp_path / "var", synchronous=0, reserve_octets=0)


@pytest.mark.threat("K8")
def test_two_processes_and_a_checkpointer(plain: Store) -> None:
    """Another process reads all the while; only the writer checkpoints, between its commits."""
    plain.writer._backend.wal.enough = 100_000  # type: ignore[attr-defined]
    ann = done(plain.writer.run(add_account, "ann"))
    path = str(plain.data_dir / "mailsuite.db")
    command = [sys.executable, "-c", READER, path, "150"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        for number in range(150):
            octets = b"%d" % number + os.urandom(10_000)
            done(plain.writer.run(deliver, letter(plain, octets, ann)))
        assert reader.communicate(timeout=60)[0] == "read 150\n"
    assert plain.writer._backend.checkpoints > 3  # type: ignore[attr-defined]
    plain.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


@pytest.mark.threat("K8")
def test_no_connection_checkpoints_by_itself(plain: Store) -> None:
    """Whatever the version of SQLite, no checkpoint can run beside a commit."""
    rows(plain, domain)
    for connection in (plain.writer._opened(), plain.readers._local.connection):
        assert connection.plain("PRAGMA wal_autocheckpoint").fetchone() == (0,)
        assert connection.plain("PRAGMA mmap_size").fetchone() in {None, (0,)}
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        plain.readers._local.connection.plain("DELETE FROM domain")
    plain.close()


@pytest.mark.threat("K9")
def test_a_stuck_reader_is_noticed_and_costs_no_writer(
    plain: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The WAL grows past its watch mark: the log says so once, checkpoints are not tried each time."""
    backend = plain.writer._backend
    monkeypatch.setattr(backend_module, "WATCH_OCTETS", 5_000_000)
    backend.wal.enough = 4_000_000  # type: ignore[attr-defined]
    ann = done(plain.writer.run(add_account, "ann"))
    stuck = sqlite3.connect(plain.data_dir / "mailsuite.db", isolation_level=None)
    stuck.execute("BEGIN")
    stuck.execute("SELECT count(*) FROM placement").fetchone()
    with capturedLogs() as logged:
        for _ in range(60):
            done(plain.writer.run(deliver, letter(plain, os.urandom(10_000), ann)))
    assert [event["log_format"] for event in logged] == [
        "the WAL has {size} octets: a reader holds it"
    ]
    assert backend.checkpoints < 20  # type: ignore[attr-defined]
    stuck.execute("ROLLBACK")
    stuck.close()
    backend._dirty = True  # type: ignore[attr-defined]
    plain.writer._idle()
    done(plain.writer.run(deliver, letter(plain, b"the WAL begins again", ann)))
    assert len(rows(plain, placement)) == 61
    plain.close()


@pytest.mark.threat("K9")
def test_a_read_without_end_is_broken_off(plain: Store) -> None:
    """Past its 30 seconds a reading transaction fails; the next one is served."""
    rows(plain, domain)

    def endless(tx: Transaction) -> None:
        tx.connection.began -= backend_module.READ_SECONDS + 1
        tx.connection.plain(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"
        ).fetchone()

    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        done(plain.readers.run(endless))
    assert rows(plain, domain) == []
    plain.close()


@pytest.mark.threat("K8")
def test_the_version_is_told_at_start(tmp_path: Path) -> None:
    with capturedLogs() as logged:
        open_store(tmp_path / "var", reserve_octets=0).close()
    assert [event["version"].split(",")[0] for event in logged] == [
        f"SQLite {sqlite3.sqlite_version}"
    ]


def test_freed_pages_go_back_to_the_file_system(plain: Store) -> None:
    """In idle seconds, some pages at a time."""
    ann = done(plain.writer.run(add_account, "ann"))
    for _ in range(30):
        done(plain.writer.run(deliver, letter(plain, os.urandom(100_000), ann)))
    plain.writer._idle()
    path = plain.data_dir / "mailsuite.db"
    before = path.stat().st_size

    def empty(tx: Transaction) -> None:
        tx.execute(blob_data.delete())

    done(plain.writer.run(empty))
    for _ in range(5):
        plain.writer._idle()
    assert path.stat().st_size < before - 30 * 95_000
    plain.close()


def test_what_a_reader_sees_is_one_snapshot(plain: Store) -> None:
    """A commit in the middle of a read does not show in it."""

    def read_twice(tx: Transaction) -> tuple[int, int]:
        count = select(domain.c.id)
        before = len(tx.execute(count).tuples())
        done(plain.writer.run(lambda tx: tx.execute(insert(domain), {"id": 1, "name": "x"}).count))
        return before, len(tx.execute(count).tuples())

    assert done(plain.readers.run(read_twice)) == (0, 0)
    assert len(rows(plain, domain)) == 1
    plain.close()
