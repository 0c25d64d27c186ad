"""Columns of many messages, as FETCH asks for them: rows as the database gives them.

What was found at delivery goes from the row into the answer; nothing is made of it on the way.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from mailsuite.errors import DamagedBody
from mailsuite.message.scan import VERSION
from mailsuite.store.blobs import expand_body
from mailsuite.store.placements import IN_SPAN
from mailsuite.store.schema import blob, blob_data, blob_meta, message, placement
from mailsuite.store.transaction import Transaction, any_of

COLUMNS: dict[str, Any] = {
    "internal_date": placement.c.internal_date,
    "saved_at": placement.c.saved_at,
    "envelope": blob_meta.c.envelope,
    "body": blob_meta.c.body,
    "bodystructure": blob_meta.c.bodystructure,
    "preview": blob_meta.c.preview,
    "fields": blob_meta.c.fields,
    "prefix": message.c.prefix,
    "hash": blob.c.hash,
    "body_size": blob.c.size,
    "codec": blob.c.codec,
    "place": blob.c.place,
    "data": blob_data.c.body,
}
WHOLE = ("prefix", "hash", "body_size", "codec", "place", "data")  # what `whole_messages` reads

Whole = tuple[bytes, bytes]
NEAR = 2  # so many numbers for each message, at most, are walked over


@lru_cache(maxsize=64)
def _statement(names: tuple[str, ...], *, side_by_side: bool) -> Select[Any]:
    columns = [placement.c.uid, *[COLUMNS[name] for name in names]]
    where = IN_SPAN if side_by_side else (IN_SPAN[0], any_of(placement.c.uid, "uids"))
    tables = {column.table for column in columns}
    source: Any = placement
    if tables != {placement}:
        source = source.join(message, message.c.id == placement.c.message_id)
    if blob_meta in tables:
        source = source.join(blob_meta, blob_meta.c.id == message.c.blob_id)
        where = (*where, blob_meta.c.version == bindparam("version"))
    if blob in tables:
        source = source.join(blob, blob.c.id == message.c.blob_id).outerjoin(
            blob_data, blob_data.c.id == blob.c.id
        )
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
    # But no body is read that nobody asked for.
    near = 1 if "data" in names else NEAR
    side_by_side = uids[-1] - uids[0] < near * len(uids)
    where: dict[str, Any] = {"of_mailbox": mailbox_id, "version": VERSION}
    if side_by_side:
        where |= {"low": uids[0], "high": uids[-1]}
    else:
        where["uids"] = tx.array(uids)
    rows = tx.execute(_statement(names, side_by_side=side_by_side), where).tuples()
    if len(rows) > len(uids):
        wanted = set(uids)
        rows = [row for row in rows if row[0] in wanted]
    if len(rows) != len(uids):
        return None
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    found = columns.pop(0)
    return columns if list(found) == list(uids) else None


_ONE = (
    select(*[COLUMNS[name] for name in WHOLE])
    .select_from(
        placement.join(message, message.c.id == placement.c.message_id)
        .join(blob, blob.c.id == message.c.blob_id)
        .outerjoin(blob_data, blob_data.c.id == blob.c.id)
    )
    .where(placement.c.mailbox_id == bindparam("of_mailbox"), placement.c.uid == bindparam("uid"))
)


def whole_message(tx: Transaction, mailbox_id: int, uid: int) -> Whole | None:
    """Prefix and body of a message; None when it is gone.

    Raises:
        DamagedBody: it is not what was stored.
    """
    rows = tx.execute(_ONE, {"of_mailbox": mailbox_id, "uid": uid}).tuples()
    if not rows:
        return None
    prefix, *body = rows[0]
    return prefix, expand_body(tx.large, *body)


def whole_messages(tx: Transaction, columns: Sequence[Sequence[Any]]) -> Iterator[Whole | None]:
    """Prefix and body of each message of the columns `WHOLE`; None of one that is damaged."""
    for prefix, *body in zip(*columns, strict=True):
        try:
            yield prefix, expand_body(tx.large, *body)
        except DamagedBody:
            yield None
