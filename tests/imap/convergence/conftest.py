"""Convergence is tried on SQLite and on PostgreSQL: the fixtures are the store's own."""

from tests.store.conftest import (  # noqa: F401 - fixtures
    postgresql_tables,
    postgresql_url,
    store,
)
