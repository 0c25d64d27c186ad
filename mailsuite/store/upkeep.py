"""Bookkeeping while nobody waits: what is no longer needed goes, in small transactions.

Rows go first and files later, so that no row ever points to a missing body. Each function does a
bounded piece of work and says how much; the caller goes on until it is nothing.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import bindparam, delete, select

from mailsuite.store.blobs import FILE
from mailsuite.store.bodies import find_blobs
from mailsuite.store.files import LargeFiles
from mailsuite.store.removal import release_messages
from mailsuite.store.schema import blob, blob_data, blob_meta, event, undelete
from mailsuite.store.schema_ordering import sort_key
from mailsuite.store.stories import forget_keys
from mailsuite.store.transaction import Transaction, any_of

PIECE = 200  # rows a transaction: deliveries go between
HOUR, DAY = 3600, 86_400
GRACE_SECONDS = HOUR  # a body that comes again within it is not written again
ORPHAN_SECONDS = DAY  # files younger than this may have their row in a transaction still to come

OVERDUE = (
    select(undelete.c.id, undelete.c.message_id)
    .where(undelete.c.expunged_at <= bindparam("until"))
    .order_by(undelete.c.expunged_at)
    .limit(PIECE)
)
FORGET = delete(undelete).where(any_of(undelete.c.id, "ids"))
UNREFERENCED = (
    select(blob.c.id, blob.c.place)
    .where(blob.c.refs == 0, blob.c.unreferenced_since <= bindparam("until"))
    .order_by(blob.c.unreferenced_since)
    .limit(PIECE)
)
DROP_BLOBS = [
    delete(table).where(any_of(table.c.id, "ids"))
    for table in (blob_data, blob_meta, sort_key, blob)
]
FIRST_EVENTS = select(event.c.id, event.c.at).order_by(event.c.id).limit(PIECE)
DROP_EVENTS = delete(event).where(any_of(event.c.id, "ids"))


def forget_expunged(tx: Transaction, kept_seconds: int) -> int:
    """Let go of expunged messages whose undelete time is over; how many."""
    rows = tx.execute(OVERDUE, {"until": tx.now - kept_seconds}).tuples()
    if rows:
        tx.execute(FORGET, {"ids": tx.array([number for number, _ in rows])})
        release_messages(tx, [message_id for _, message_id in rows])
    return len(rows)


def collect_blobs(tx: Transaction, grace_seconds: int = GRACE_SECONDS) -> int:
    """Delete the rows of bodies that nothing has pointed at for an hour; how many.

    Their files stay: after COMMIT nobody knows them, and `sweep_files` takes them.
    """
    rows = tx.execute(UNREFERENCED, {"until": tx.now - grace_seconds}).tuples()
    if rows:
        ids = {"ids": tx.array([number for number, _ in rows])}
        for statement in DROP_BLOBS:
            tx.execute(statement, ids)
    return len(rows)


def forget_events(tx: Transaction, kept_seconds: int) -> int:
    """Delete what is older from the messages' stories; how many."""
    until = tx.now - kept_seconds
    # Ids grow with time: the first rows are the oldest, and no index by time is needed.
    old = [number for number, at in tx.execute(FIRST_EVENTS).tuples() if at <= until]
    if old:
        forget_keys(tx, old)
        tx.execute(DROP_EVENTS, {"ids": tx.array(old)})
    return len(old)


def old_files(
    large: LargeFiles, before: float | None = None
) -> list[tuple[Path, bytes | None, int]]:
    """Files older than `before` (None: a day ago), by the file system's clock. Blocks.

    They may be orphans: candidates for `sweep_files`.
    """
    limit = time.time() - ORPHAN_SECONDS if before is None else before
    return [found for found in large.listing() if _written(found[0]) < limit]


def sweep_files(
    tx: Transaction, candidates: Sequence[tuple[Path, bytes | None, int]], before: float
) -> int:
    """Remove those of the files that no row names; how many.

    In the writing thread: a delivery looks there for its file after the last sweep before it.
    """
    named = [digest for _, digest, _ in candidates if digest is not None]
    known = find_blobs(tx, named)
    removed = 0
    for path, digest, codec in candidates:
        found = known.get(digest) if digest is not None else None
        if found is not None and found.place == FILE and found.codec == codec:
            continue
        if _written(path) < before:  # written anew meanwhile: somebody is about to name it
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
