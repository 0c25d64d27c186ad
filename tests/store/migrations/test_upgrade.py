"""Schema versions: each step whole or not at all, and nothing newer is touched."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import bindparam, insert, select, update

from mailsuite.store.migrations.upgrade import STEPS, WrongSchema, upgrade
from mailsuite.store.opening import Store, open_store
from mailsuite.store.schema import VERSION, domain, metadata, setting
from mailsuite.store.transaction import Transaction
from tests.store.failing import FailingConnection, Injected
from tests.store.letters import done, rows

STORED = update(setting).where(setting.c.name == "schema_version").values(value=bindparam("to"))


def version(store: Store) -> int:
    return int({row.name: row.value for row in rows(store, setting)}["schema_version"])


def add_domain(tx: Transaction, number: int) -> None:
    tx.execute(insert(domain), {"id": number, "name": f"{number}.test"})


def second(tx: Transaction) -> None:
    """A step that changes the schema and rows."""
    tx.connection.plain("ALTER TABLE domain ADD COLUMN motto TEXT DEFAULT ''")
    add_domain(tx, 1002)


def third(tx: Transaction) -> None:
    add_domain(tx, 1003)
    tx.execute(update(domain).where(domain.c.id == 1).values(name="changed.test"))
    add_domain(tx, 1004)


def domains(store: Store) -> list[tuple[int, str]]:
    def read(tx: Transaction) -> list[tuple[int, str]]:
        return tx.execute(select(domain.c.id, domain.c.name).order_by(domain.c.id)).tuples()

    found: list[tuple[int, str]] = done(store.readers.run(read))
    return found


def test_every_version_has_its_step() -> None:
    assert sorted(STEPS) == list(range(2, VERSION + 1))


@pytest.mark.threat("K13")
def test_a_migration_cut_anywhere_goes_on(tmp_path: Path) -> None:
    """Whichever statement fails: the store stands at one version or the next, and runs on."""
    store = open_store(tmp_path / "var", synchronous=0, reserve_octets=0)
    done(store.writer.run(add_domain, 1))
    connection, backend = store.writer._opened(), store.writer._backend
    failing = FailingConnection(connection.dbapi)
    connection.dbapi = failing
    states = {
        VERSION: [(1, "1.test")],
        VERSION + 1: [(1, "1.test"), (1002, "1002.test")],
        VERSION + 2: [(1, "changed.test"), *((n, f"{n}.test") for n in (1002, 1003, 1004))],
    }
    steps = {VERSION + 1: second, VERSION + 2: third}
    seen = set()
    for failing.fail_at in range(1, 200):
        failing.armed, failing.executed = True, 0
        try:
            upgrade(connection, backend, 0, steps, VERSION + 2)  # type: ignore[arg-type]
        except Injected:
            continue
        finally:
            failing.armed = False
            found = version(store)
            seen.add(found)
            assert domains(store) == states[found]
        break
    assert seen == {VERSION, VERSION + 1, VERSION + 2}
    assert failing.fail_at > 8, "each statement of each step has failed once"
    connection.dbapi = failing._dbapi
    store.close()


@pytest.mark.threat("K13")
def test_tables_cut_while_they_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first start that dies half-way leaves nothing, and the next one makes everything."""
    monkeypatch.setattr(
        "mailsuite.store.migrations.upgrade.metadata", SimpleNamespace(sorted_tables=_Cut())
    )
    with pytest.raises(ZeroDivisionError):
        open_store(tmp_path / "var", reserve_octets=0)
    monkeypatch.undo()
    store = open_store(tmp_path / "var", reserve_octets=0)
    assert version(store) == VERSION
    store.close()


class _Cut:
    def __iter__(self) -> Iterator[object]:
        yield from metadata.sorted_tables[:5]
        raise ZeroDivisionError


@pytest.mark.threat("K13")
def test_a_newer_schema_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """An older program does not touch what a newer one wrote."""
    store = open_store(tmp_path / "var", synchronous=0, reserve_octets=0)

    def newer(tx: Transaction) -> None:
        tx.execute(STORED, {"to": str(VERSION + 1)})

    done(store.writer.run(newer))
    store.close()
    with pytest.raises(WrongSchema, match=f"version {VERSION + 1}.* knows {VERSION}"):
        open_store(tmp_path / "var", reserve_octets=0)


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path / "var", synchronous=0, reserve_octets=0)

    def foreign(tx: Transaction) -> None:
        tx.connection.plain("DELETE FROM setting")

    done(store.writer.run(foreign))
    store.close()
    with pytest.raises(WrongSchema, match="not mailsuite's"):
        open_store(tmp_path / "var", reserve_octets=0)


def test_a_gap_between_versions_is_refused(store: Store) -> None:
    connection, backend = store.writer._opened(), store.writer._backend
    with pytest.raises(WrongSchema, match=f"no step leads from schema version {VERSION} to"):
        upgrade(connection, backend, 0, {}, VERSION + 1)  # type: ignore[arg-type]
