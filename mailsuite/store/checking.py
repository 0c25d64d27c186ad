"""What the database finds wrong with itself, for `mailsuite check`."""

import sqlite3

from mailsuite.store.transaction import Transaction

MOST = 20  # findings told; one is enough to restore a backup
FIXED_SQLITE = (3, 51, 3)


def risk_of_version() -> str:
    """What is to be known of this machine's SQLite (threat K8); empty: nothing."""
    if sqlite3.sqlite_version_info >= FIXED_SQLITE:
        return ""
    return (
        f"SQLite {sqlite3.sqlite_version} can damage a file that two processes checkpoint at "
        "once (mended in 3.51.3); the suite lets one alone do it, so let no other program "
        "write to mailsuite.db"
    )


def look_over(tx: Transaction) -> list[str]:
    """Read every page and index of an SQLite file; empty: all is well.

    PostgreSQL checks its pages itself, whenever it reads one.
    """
    if tx.connection.dialect.name != "sqlite":
        return []
    rows = tx.connection.plain(f"PRAGMA quick_check({MOST})").fetchall()
    return [str(row[0]) for row in rows if row[0] != "ok"]
