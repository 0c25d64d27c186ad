"""A checkpoint is due when the present round of the log is long, whatever the file's length."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailsuite.store.wal import WriteAheadLog

PAGE = 4096
ENOUGH = 20 * PAGE


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    connection.execute(f"PRAGMA page_size={PAGE}")
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    connection.execute("PRAGMA wal_autocheckpoint=0").fetchall()
    connection.execute("CREATE TABLE t (x)")
    yield connection
    connection.close()


@pytest.fixture
def log(tmp_path: Path) -> WriteAheadLog:
    return WriteAheadLog(tmp_path / "x.db-wal", PAGE, ENOUGH)


def write(connection: sqlite3.Connection, pages: int) -> None:
    for _ in range(pages):  # each its own commit: two or three frames
        connection.execute("INSERT INTO t VALUES (zeroblob(?))", (PAGE // 2,))


def checkpoint(connection: sqlite3.Connection, log: WriteAheadLog) -> None:
    _, frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    log.tried(frames, ENOUGH // 4)


def test_due_once_it_is_long(writing: sqlite3.Connection, log: WriteAheadLog) -> None:
    assert not log.is_due()
    write(writing, 2)
    assert not log.is_due()
    write(writing, 20)
    assert log.is_due()


def test_a_new_round_is_short_in_a_long_file(
    writing: sqlite3.Connection, log: WriteAheadLog
) -> None:
    for _ in range(3):
        write(writing, 20)
        assert log.is_due()
        checkpoint(writing, log)
        assert not log.is_due()
        octets = log.octets
        write(writing, 1)
        assert log.octets == octets, "it is written over, from its start"
        assert not log.is_due()


def test_a_reader_that_holds_it_makes_no_try_for_every_commit(
    writing: sqlite3.Connection, log: WriteAheadLog, tmp_path: Path
) -> None:
    write(writing, 20)
    reader = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM t").fetchone()
    write(writing, 1)
    tries = 0
    for _ in range(60):
        write(writing, 1)
        if log.is_due():
            checkpoint(writing, log)
            tries += 1
    reader.close()
    assert 3 < tries < 40


def test_no_log_is_not_due(log: WriteAheadLog) -> None:
    assert not log.is_due()
    log.tried(0, 0)
    assert not log.is_due()
