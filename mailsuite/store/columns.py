"""The kinds of columns that tables are made of."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text, text

# A BIGINT primary key is no rowid in SQLite: only INTEGER is.
Id = BigInteger().with_variant(Integer, "sqlite")


def reference(name: str, *, nullable: bool = False) -> Column[int]:
    """The id of a row of another table."""
    return Column(name, BigInteger, nullable=nullable)


def number(name: str, default: int | None = 0) -> Column[int]:
    """A count, a size, a time, a word of flags; None: every row says it itself."""
    # server_default lets a migration add the column to rows that are there.
    return Column(
        name,
        BigInteger,
        nullable=False,
        server_default=None if default is None else text(str(default)),
    )


def words(name: str, default: str = "") -> Column[str]:
    """A text, empty where nobody said one."""
    return Column(name, Text, nullable=False, server_default=text(f"'{default}'"))


def key(name: str = "id") -> Column[int]:
    """The table's own id, numbered by `mailsuite.store.ids`."""
    return Column(name, Id, primary_key=True, autoincrement=False)


def octets(name: str) -> Column[bytes]:
    """Octets, none in rows that were there before the column."""
    return Column(name, LargeBinary, nullable=False, server_default=text("''"))
