"""From version 1 to 2: the same tables as in a store made today, and every row still there."""

import sqlite3
from pathlib import Path

import pytest

from mailsuite.store.opening import open_store
from mailsuite.store.schema import domain
from tests.store.letters import rows

VERSION_1 = Path(__file__).parent / "version1" / "sqlite.sql"


def shape(data_dir: Path) -> dict[str, set[tuple[object, ...]]]:
    """The columns and the indexes of every table."""
    connection = sqlite3.connect(data_dir / "mailsuite.db")
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    found = {
        name: {row[1:] for row in connection.execute(f"PRAGMA table_info('{name}')")}
        | {row[1:] for row in connection.execute(f"PRAGMA index_info('{name}')")}
        for name in names
    }
    connection.close()
    return found


@pytest.mark.threat("K13")
def test_a_store_of_version_1_becomes_one_of_today(empty_store: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir(mode=0o700)
    connection = sqlite3.connect(old / "mailsuite.db")
    connection.execute("PRAGMA page_size=8192")
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    connection.executescript(VERSION_1.read_text())
    connection.execute("INSERT INTO setting (name, value) VALUES ('schema_version', '1')")
    connection.execute("INSERT INTO domain (id, name) VALUES (7, 'example.org')")
    connection.commit()
    connection.close()
    store = open_store(old, synchronous=0, reserve_octets=0)
    assert [row.name for row in rows(store, domain)] == ["example.org"]
    store.close()
    assert shape(old) == shape(empty_store)
