"""Making the tables, and bringing older ones up to this version.

The version stands in `setting`. A step is one transaction that ends with the new version: a crash
anywhere leaves the store at one version or the next, and the next start goes on from there.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.schema import CreateIndex, CreateTable

from mailsuite.store.grouping import roll_back
from mailsuite.store.migrations.step2 import reach_2
from mailsuite.store.schema import VERSION, metadata, setting
from mailsuite.store.transaction import Connection, Transaction

Step = Callable[[Transaction], None]
STEPS: Mapping[int, Step] = {2: reach_2}  # version reached: what brings the version before it there

NAME = "schema_version"
READ = select(setting.c.value).where(setting.c.name == NAME)
FIRST = insert(setting)
ADVANCE = update(setting).where(setting.c.name == NAME).values(value=bindparam("reached"))


class WrongSchema(Exception):  # noqa: N818 - a state, not a mistake
    """The store cannot be used by this version of the suite; it was not touched."""


class Commits(Protocol):
    """What is needed of a `mailsuite.store.writer.Backend`."""

    def begin(self, connection: Connection) -> None:
        """Open a writing transaction."""

    def commit(self, connection: Connection) -> None:
        """COMMIT; on disk when this returns."""

    def has_tables(self, connection: Connection) -> bool:
        """Whether anything has been made there yet."""
        ...


def upgrade(
    connection: Connection,
    backend: Commits,
    now: int,
    steps: Mapping[int, Step] = STEPS,
    target: int = VERSION,
) -> None:
    """Make the tables, or bring them to this version.

    Raises:
        WrongSchema: they are newer than this version, or no step leads on from theirs.
    """
    if not backend.has_tables(connection):
        _in_transaction(connection, backend, lambda: _create(connection, now, target))
    found = _version(connection, now)
    if found > target:
        raise WrongSchema(
            f"the store has schema version {found} and this mailsuite knows {target}:"
            " install the version that wrote it, or a newer one"
        )
    for reached in range(found + 1, target + 1):
        step = steps.get(reached)
        if step is None:
            raise WrongSchema(f"no step leads from schema version {reached - 1} to {reached}")
        _in_transaction(connection, backend, lambda: _advance(connection, now, step, reached))  # noqa: B023 - run at once


def _in_transaction(connection: Connection, backend: Commits, work: Callable[[], None]) -> None:
    backend.begin(connection)
    try:
        work()
        backend.commit(connection)
    except BaseException:
        roll_back(connection)
        raise


def _create(connection: Connection, now: int, version: int) -> None:
    for table in metadata.sorted_tables:
        connection.plain(str(CreateTable(table).compile(dialect=connection.dialect)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.plain(str(CreateIndex(index).compile(dialect=connection.dialect)))
    Transaction(connection, now).execute(FIRST, {"name": NAME, "value": str(version)})


def _version(connection: Connection, now: int) -> int:
    stored = Transaction(connection, now).execute(READ).value()
    if stored is None:
        raise WrongSchema("the store has tables and no schema version: it is not mailsuite's")
    return int(stored)


def _advance(connection: Connection, now: int, step: Step, reached: int) -> None:
    tx = Transaction(connection, now)
    step(tx)
    tx.execute(ADVANCE, {"reached": str(reached)})
