"""Opening refuses what it cannot keep its promises with."""

import subprocess
import sys
from pathlib import Path

import pytest

from mailsuite.errors import Unavailable
from mailsuite.store import sqlite as sqlite_backend
from mailsuite.store.delivery import deliver
from mailsuite.store.lock import AlreadyRunning
from mailsuite.store.opening import Store, open_store
from mailsuite.store.schema import VERSION, mailbox, setting
from mailsuite.store.sqlite import PAGE_SIZE, WrongSetting
from tests.store.letters import add_account, add_mailbox, done, letter, rows


def test_opened_twice_in_turn(tmp_path: Path) -> None:
    """What one run wrote the next one reads; files are their owner's alone."""
    for name in ("ann", "bob"):
        store = open_store(tmp_path / "var", reserve_octets=0)
        done(store.writer.run(add_account, name))
        store.close()
    store = open_store(tmp_path / "var", reserve_octets=0)
    assert {row.name: row.value for row in rows(store, setting)}["schema_version"] == str(VERSION)
    connection = store.writer._opened()
    assert connection.plain("PRAGMA page_size").fetchone() == (PAGE_SIZE,)
    assert connection.plain("PRAGMA auto_vacuum").fetchone() == (2,)
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    for path in (tmp_path / "var").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    store.close()


@pytest.mark.threat("K14")
def test_a_second_process_is_refused(tmp_path: Path) -> None:
    """The second server says in one sentence who has the data_dir; the first one goes on."""
    store = open_store(tmp_path / "var", reserve_octets=0)
    program = (
        "import sys; from pathlib import Path; from mailsuite.store.opening import open_store\n"
        "from mailsuite.store.lock import AlreadyRunning\n"
        "try: open_store(Path(sys.argv[1]), reserve_octets=0)\n"
        "except AlreadyRunning as error: print(error)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "var")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "is in use by process" in told
    with pytest.raises(AlreadyRunning):
        open_store(tmp_path / "var", reserve_octets=0)
    done(store.writer.run(add_account, "ann"))
    store.close()
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""


@pytest.mark.threat("K1")
@pytest.mark.parametrize(
    "name", ["journal_mode", "synchronous", "wal_autocheckpoint", "secure_delete", "cache_size"]
)
def test_a_setting_that_was_not_taken_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Each setting is read back; the store is not opened, and not locked, when one is wrong."""
    open_store(tmp_path / "var", reserve_octets=0).close()
    real = sqlite_backend._set

    class Deaf:
        """A connection that does not hear this one setting."""

        def __init__(self, dbapi: object) -> None:
            self._dbapi = dbapi

        def execute(self, sql: str) -> object:
            if sql.startswith(f"PRAGMA {name}="):
                sql = f"PRAGMA {name}={'delete' if name == 'journal_mode' else 1}"
            return self._dbapi.execute(sql)  # type: ignore[attr-defined]

    monkeypatch.setattr(
        sqlite_backend,
        "_set",
        lambda dbapi, key, wanted: real(Deaf(dbapi), key, wanted),  # type: ignore[arg-type]
    )
    with pytest.raises(WrongSetting, match=name):
        open_store(tmp_path / "var", reserve_octets=0)
    monkeypatch.undo()
    open_store(tmp_path / "var", reserve_octets=0).close()


@pytest.mark.threat("K1")
def test_postgresql_without_fsync_refuses(postgresql_tables: str, tmp_path: Path) -> None:
    """The tests' server never syncs: a real store does not open on it."""
    with pytest.raises(WrongSetting, match="fsync"):
        open_store(tmp_path / "var", url=postgresql_tables, reserve_octets=0)


@pytest.mark.threat("K1")
def test_every_connection_syncs(tmp_path: Path) -> None:
    store = open_store(tmp_path / "var", reserve_octets=0)
    assert store.writer._opened().plain("PRAGMA synchronous").fetchone() == (2,)
    assert store.writer._opened().plain("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


@pytest.mark.threat("K16")
def test_clock_jumps_change_no_number(tmp_path: Path) -> None:
    """A clock that jumps a day back and forth: UIDs, MODSEQ and UIDVALIDITY only grow."""
    times = iter([1_800_000_000, 1_799_913_600, 1_800_086_400] * 20)
    store = open_store(tmp_path / "var", clock=lambda: next(times), synchronous=0, reserve_octets=0)
    ann = done(store.writer.run(add_account, "ann"))
    placed = [
        done(store.writer.run(deliver, letter(store, f"{n}", ann))).placed[0] for n in range(6)
    ]
    assert [p.uid for p in placed] == [1, 2, 3, 4, 5, 6]
    assert [p.modseq for p in placed] == [2, 3, 4, 5, 6, 7]
    for n in range(6):
        done(store.writer.run(add_mailbox, ann, f"m{n}"))
    values = [row.uidvalidity for row in rows(store, mailbox)]
    assert values == sorted(set(values))
    store.close()


def test_a_failing_open_gives_the_lock_back(tmp_path: Path) -> None:
    (tmp_path / "mailsuite.db").write_bytes(b"no database at all" * 1000)
    for _ in range(2):
        with pytest.raises(Exception, match="not a database"):
            open_store(tmp_path, reserve_octets=0)


def test_the_store_is_shut(store: Store) -> None:
    """After close nothing more is taken."""
    store.close()
    with pytest.raises(Unavailable):
        done(store.writer.run(add_account, "late"))
