"""PostgreSQL: a commit whose outcome is unknown is settled, never guessed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from mailsuite.errors import Unavailable
from mailsuite.store.opening import Store, open_store
from mailsuite.store.schema import domain
from mailsuite.store.transaction import Transaction
from tests.store.conftest import emptied
from tests.store.letters import done, rows


@pytest.fixture
def store(postgresql_tables: str, tmp_path: Path) -> Iterator[Store]:
    emptied(postgresql_tables)
    doomed: list[BaseException] = []
    opened = open_store(
        tmp_path / "var",
        url=postgresql_tables,
        synchronous=0,
        reserve_octets=0,
        doomed=doomed.append,
    )
    opened.writer._backend._pause = lambda _: None  # type: ignore[attr-defined]
    yield opened
    opened.close()


class Cut:
    """A connection whose server goes away around one statement."""

    def __init__(self, dbapi: Any, at: str, *, after: bool) -> None:
        self._dbapi = dbapi
        self._at = at
        self._after = after

    def cursor(self) -> "Cut":
        self._cursor = self._dbapi.cursor()
        return self

    def execute(self, sql: str, *args: Any) -> Any:
        if not sql.startswith(self._at):
            return self._cursor.execute(sql, *args)
        if self._after:
            self._cursor.execute(sql, *args)
        self._dbapi.close()
        return self._cursor.execute(sql, *args)  # fails: the connection is closed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor if name != "closed" else self._dbapi, name)


def add_domain(tx: Transaction, number: int) -> int:
    tx.execute(insert(domain), {"id": number, "name": f"{number}.test"})
    return number


@pytest.mark.threat("K12")
def test_a_commit_that_happened_is_acknowledged(store: Store) -> None:
    """The answer to COMMIT is lost, the rows are there: written once, and the sender is told so."""
    done(store.writer.run(add_domain, 1))
    connection = store.writer._opened()
    connection.dbapi = Cut(connection.dbapi, "COMMIT", after=True)
    assert done(store.writer.run(add_domain, 2)) == 2
    assert done(store.writer.run(add_domain, 3)) == 3
    assert [row.id for row in rows(store, domain)] == [1, 2, 3]


@pytest.mark.threat("K12")
@pytest.mark.parametrize("at", ["COMMIT", "INSERT", "UPDATE setting", "BEGIN"])
def test_a_commit_that_did_not_happen_is_refused(store: Store, at: str) -> None:
    """The server goes away before COMMIT: nothing is there, and the next job finds it again."""
    done(store.writer.run(add_domain, 1))
    connection = store.writer._opened()
    connection.dbapi = Cut(connection.dbapi, at, after=False)
    with pytest.raises(Exception, match="closed") if at == "INSERT" else pytest.raises(Unavailable):
        done(store.writer.run(add_domain, 2))
    assert [row.id for row in rows(store, domain)] == [1]
    assert done(store.writer.run(add_domain, 2)) == 2


@pytest.mark.threat("K12")
def test_a_server_that_never_says_ends_the_process(store: Store) -> None:
    """Whether it was written is not known: nothing more is acknowledged."""
    done(store.writer.run(add_domain, 1))
    doomed: list[BaseException] = []
    store.writer._doomed = doomed.append
    store.writer._backend._address = "postgresql://nobody@/none?host=/nowhere"  # type: ignore[attr-defined]
    connection = store.writer._opened()
    connection.dbapi = Cut(connection.dbapi, "COMMIT", after=True)
    with pytest.raises(Unavailable):
        done(store.writer.run(add_domain, 2))
    assert len(doomed) == 1
    with pytest.raises(Unavailable):
        done(store.writer.run(add_domain, 3))


def test_a_reader_whose_connection_is_lost_makes_a_new_one(store: Store) -> None:
    rows(store, domain)
    store.readers._local.connection.dbapi.close()
    with pytest.raises(Exception, match="closed"):
        rows(store, domain)
    assert rows(store, domain) == []
