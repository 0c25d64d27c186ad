"""People in a table of somebody else's database: three queries with bound parameters (A8).

A query may name `:address`, `:localpart` and `:domain`, and nothing of a client is ever put into
its text. Calls block: they run in a pool.
"""

from typing import Any

from attrs import define, field
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from mailsuite.errors import Unavailable
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store.outside import Known

ROWS = 1_000  # of an answer
QUOTA = 2**62


class SourceDown(Unavailable):
    """Another directory did not answer, or not as it should."""


@define
class SqlSource:
    """The queries, over one pool of connections.

    `user` gives the columns `address` (or none: the one asked for), `display_name`,
    `quota_octets`, `quota_messages`; `password` gives one hash; `alias` gives addresses.
    """

    url: str = field(repr=False)
    user: str
    password: str
    alias: str = ""
    timeout_seconds: int = 5
    connections: int = 2
    _engine: Engine | None = field(default=None, init=False)

    def find(self, at: Address) -> Known | None:
        """Who has a canonical address. Raises `SourceDown`."""
        rows = self._ask(self.user, at)
        if not rows:
            return None
        if len(rows) > 1:
            raise SourceDown("the query for a user found several")
        row = rows[0]
        try:
            address = Address.parse(str(row.get("address") or at)).canonical
            octets, messages = (
                int(row.get(key) or 0) for key in ("quota_octets", "quota_messages")
            )
        except (BadAddress, ValueError, TypeError) as error:
            raise SourceDown(f"the query for a user found what is none: {error}") from None
        octets, messages = (max(0, min(each, QUOTA)) for each in (octets, messages))
        return Known(address, str(row.get("display_name") or ""), octets, messages)

    def secret(self, at: Address) -> str | None:
        """The hash of a password; None: there is none. Raises `SourceDown`."""
        rows = self._ask(self.password, at)
        value = next(iter(rows[0].values()), None) if len(rows) == 1 else None
        return str(value) if value else None

    def aliases(self, at: Address) -> list[str]:
        """The addresses that an alias leads to. Raises `SourceDown`."""
        if not self.alias:
            return []
        return [str(next(iter(row.values()))) for row in self._ask(self.alias, at)]

    def close(self) -> None:
        """Give the connections back."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _ask(self, query: str, at: Address) -> list[dict[str, Any]]:
        given = {"address": str(at), "localpart": at.localpart, "domain": at.domain}
        if any("\0" in value for value in given.values()):
            return []  # no database has it, and some drivers cut it off there
        statement = text(query)
        wanted = {name: given[name] for name in statement.compile().params if name in given}
        try:
            with self._opened().connect() as connection:
                rows = connection.execute(statement, wanted).mappings().fetchmany(ROWS)
                return [dict(row) for row in rows]
        except SQLAlchemyError as error:
            raise SourceDown(type(error).__name__) from error

    def _opened(self) -> Engine:
        if self._engine is None:
            self._engine = create_engine(
                self.url,
                pool_size=self.connections,
                max_overflow=0,
                pool_timeout=self.timeout_seconds,
                pool_pre_ping=True,
                connect_args=self._arguments(),
            )
        return self._engine

    def _arguments(self) -> dict[str, Any]:
        if self.url.startswith("postgresql"):
            limit = self.timeout_seconds * 1000
            return {
                "connect_timeout": self.timeout_seconds,
                "options": f"-c statement_timeout={limit}",
            }
        return {"timeout": self.timeout_seconds} if self.url.startswith("sqlite") else {}
