"""What the search indexes keep of messages that are gone (threat K19).

The whole fields and the texts go at once. The runs of three characters, without any order, stay
until a third of a file's messages are gone; then the file goes, and is filled again.
"""

import sqlite3
from pathlib import Path

from sqlalchemy import select

from mailsuite.store.schema import account, message
from mailsuite.store.search_file import FOLDER, Damaged, NotNow, epoch_of, path_of, reading
from mailsuite.store.search_filling import Reads, open_to_write, remove
from mailsuite.store.transaction import Transaction, any_of

PIECE = 1_000  # messages looked up at once
STALE = 0.3  # of the messages that were put into a file
STALE_LEAST = 1_000

ACCOUNTS = select(account.c.id).where(account.c.state != "removed")
THERE = select(message.c.id).where(any_of(message.c.id, "ids"))
TABLES = ("doc", "unindexed")
INDEXED = "SELECT CAST(value AS INTEGER) FROM state WHERE name = 'indexed'"


def list_accounts(tx: Transaction) -> set[int]:
    """The accounts that there are."""
    return {number for (number,) in tx.execute(ACCOUNTS).tuples()}


def list_present(tx: Transaction, ids: list[int]) -> set[int]:
    """Which of the messages are still there."""
    return {number for (number,) in tx.execute(THERE, {"ids": tx.array(ids)}).tuples()}


def sweep(data_dir: Path, read: Reads) -> int:
    """Forget messages and accounts that are gone; how many messages."""
    known = read(list_accounts)
    forgotten = 0
    for path in sorted((data_dir / FOLDER).glob("*.db")):
        if not path.stem.isdecimal() or int(path.stem) not in known:
            remove(path)
            continue
        forgotten += sweep_account(data_dir, read, int(path.stem))
    return forgotten


def sweep_account(data_dir: Path, read: Reads, account_id: int) -> int:
    """Forget the messages of an account that are gone; how many."""
    path = path_of(data_dir, account_id)
    try:
        dbapi = open_to_write(path, read(epoch_of))
        try:
            with reading():
                forgotten = sum(_sweep(dbapi, read, table) for table in TABLES)
                stale = _is_stale(dbapi)
        finally:
            dbapi.close()
    except NotNow:
        return 0
    except Damaged:
        forgotten, stale = 0, True
    if stale:
        remove(path)
    return forgotten


def _sweep(dbapi: sqlite3.Connection, read: Reads, table: str) -> int:
    after = forgotten = 0
    while True:
        rows = dbapi.execute(
            f"SELECT id FROM {table} WHERE id > ? ORDER BY id LIMIT {PIECE}",  # noqa: S608 - constants
            (after,),
        ).fetchall()
        if not rows:
            return forgotten
        ids = [number for (number,) in rows]
        gone = sorted(set(ids) - read(list_present, ids))
        if gone:
            dbapi.execute("BEGIN IMMEDIATE")
            for named in (table, "letter"):
                dbapi.executemany(
                    f"DELETE FROM {named} WHERE id = ?",  # noqa: S608 - a constant
                    [(number,) for number in gone],
                )
            dbapi.execute("COMMIT")
        forgotten += len(gone)
        after = ids[-1]


def _is_stale(dbapi: sqlite3.Connection) -> bool:
    row = dbapi.execute(INDEXED).fetchone()
    written = row[0] if row else 0
    kept = dbapi.execute("SELECT count(*) FROM doc").fetchone()[0]
    return bool(written > STALE_LEAST and written - kept > written * STALE)
