"""Columns of many messages, as FETCH asks for them: rows as the database gives them.

What was found at delivery goes from the row into the answer; nothing is made of it on the way.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from mailsuite.message.scan import VERSION
from mailsuite.store.placements import IN_SPAN
from mailsuite.store.schema import blob_meta, message, placement
from mailsuite.store.transaction import Transaction, any_of

COLUMNS: dict[str, Any] = {
    "internal_date": placement.c.internal_date,
    "saved_at": placement.c.saved_at,
    "envelope": blob_meta.c.envelope,
    "body": blob_meta.c.body,
    "bodystructure": blob_meta.c.bodystructure,
    "preview": blob_meta.c.preview,
    "fields": blob_meta.c.fields,
}

NEAR = 2  # so many numbers for each message, at most, are walked over


@lru_cache(maxsize=64)
def _statement(names: tuple[str, ...], *, side_by_side: bool) -> Select[Any]:
    columns = [placement.c.uid, *[COLUMNS[name] for name in names]]
    where = IN_SPAN if side_by_side else (IN_SPAN[0], any_of(placement.c.uid, "uids"))
    source: Any = placement
    if any(column.table is blob_meta for column in columns):
        source = placement.join(message, message.c.id == placement.c.message_id).join(
            blob_meta, blob_meta.c.id == message.c.blob_id
        )
        where = (*where, blob_meta.c.version == bindparam("version"))
    return select(*columns).select_from(source).where(*where).order_by(placement.c.uid)


def read_columns(
    tx: Transaction, mailbox_id: int, uids: Sequence[int], names: tuple[str, ...]
) -> list[Sequence[Any]] | None:
    """These columns of rising UIDs, one sequence each.

    None if one of the messages is gone, or was read by an older scanner: whoever asks has to
    look at each message by itself.
    """
    # A walk over neighbours costs half of looking each one up; the gaps of what was expunged
    # are passed over for nothing.
    side_by_side = uids[-1] - uids[0] < NEAR * len(uids)
    where: dict[str, Any] = {"of_mailbox": mailbox_id, "version": VERSION}
    if side_by_side:
        where |= {"low": uids[0], "high": uids[-1]}
    else:
        where["uids"] = tx.array(uids)
    rows = tx.execute(_statement(names, side_by_side=side_by_side), where).tuples()
    if len(rows) != len(uids):
        return None
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    found = columns.pop(0)
    return columns if list(found) == list(uids) else None
