"""A house whose domain `else.test` has its people in a table of somebody else's."""

import sqlite3
from contextlib import closing
from pathlib import Path

from attrs import define, field

from mailsuite.directory.outside import Hashed, Outside, Source
from mailsuite.store.opening import Store
from mailsuite.store.sql_source import SqlSource
from mailsuite.wire.pools import Inline
from tests.directory.people import CHEAP, House

USER = "SELECT mail AS address, name AS display_name, quota AS quota_octets FROM person "
USER += "WHERE (mail = :address OR other = :address) AND active"
PASSWORD = "SELECT hash FROM person WHERE mail = :address AND active"
ALIAS = "SELECT target FROM alias WHERE local = :localpart AND :domain = 'else.test'"
NASTY = ["'", '"', ")(", "*", "\\", "%", "{}", "${x}", "' OR '1'='1", "*)(mail=*", "x\0y", "\0"]


def people(path: Path) -> SqlSource:
    """The table, with Bob in it, and the queries for it."""
    with closing(sqlite3.connect(path)) as rows, rows:
        rows.execute("CREATE TABLE person (mail, other, name, quota, hash, active)")
        rows.execute("CREATE TABLE alias (local, target)")
        bob = ("bob@else.test", "robert@else.test", "Bob B.", 1000, CHEAP.hash("bob's"), 1)
        rows.execute("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?)", bob)
        for target in ("bob@else.test", "ann@example.test", "x@far.test"):
            rows.execute("INSERT INTO alias VALUES ('team', ?)", (target,))
        rows.execute("INSERT INTO alias VALUES ('sales', 'bob@else.test')")
    return SqlSource(f"sqlite:///{path}", USER, PASSWORD, ALIAS)


@define
class Elsewhere:
    """The house, and the table beside it."""

    house: House
    path: Path
    sql: SqlSource
    source: Source = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.source = Hashed(self.sql)
        self.house.now(self.house.people.domains.add("else.test"))
        self.house.directory.ask(
            Outside(
                "sql",
                self.source,
                frozenset({"else.test"}),
                self.house.store,
                Inline(),
                self.house.clock.seconds,
            )
        )

    def change(self, statement: str, *values: object) -> None:
        """What somebody else does to the table."""
        with closing(sqlite3.connect(self.path)) as rows, rows:
            rows.execute(statement, values)

    def later(self) -> None:
        """When nothing is remembered any more."""
        self.house.clock.advance(1_000)


def elsewhere(store: Store, folder: Path) -> Elsewhere:
    """The house and the table."""
    path = folder / "people.db"
    return Elsewhere(House(store), path, people(path))
