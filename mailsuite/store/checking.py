"""What the database finds wrong with itself, for `mailsuite check`."""

from mailsuite.store.transaction import Transaction

MOST = 20  # findings told; one is enough to restore a backup


def look_over(tx: Transaction) -> list[str]:
    """Read every page and index of an SQLite file; empty: all is well.

    PostgreSQL checks its pages itself, whenever it reads one.
    """
    if tx.connection.dialect.name != "sqlite":
        return []
    rows = tx.connection.plain(f"PRAGMA quick_check({MOST})").fetchall()
    return [str(row[0]) for row in rows if row[0] != "ok"]
