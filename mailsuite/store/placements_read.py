"""What FETCH and SEARCH read of messages, by need: no column that nobody asked for."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from attrs import define
from sqlalchemy import Select, select

from mailsuite.errors import DamagedBody
from mailsuite.message.scan import VERSION
from mailsuite.store.blobs import StoredMessage, expanded, read_messages
from mailsuite.store.placements import IN_SPAN
from mailsuite.store.rescanning import renewed
from mailsuite.store.schema import blob_meta, message, placement
from mailsuite.store.transaction import Transaction, any_of

# Needs of the tables beside `placement`; "octets" is the message itself.
COLUMNS: dict[str, Any] = {
    "envelope": blob_meta.c.envelope,
    "body": blob_meta.c.body,
    "bodystructure": blob_meta.c.bodystructure,
    "parts": blob_meta.c.parts,
    "header": blob_meta.c.header,
    "sent_at": blob_meta.c.sent_at,
    "thread_id": message.c.thread_id,
    "preview": blob_meta.c.preview,
}
OCTETS = "octets"
ARRAYS = frozenset({"uid", "flags", "modseq", "size"})  # answered from the view


@define(eq=False)
class MessageRow:
    """One message as read; what was not needed is empty."""

    uid: int
    message_id: int
    internal_date: int
    saved_at: int
    prefix: bytes = b""
    envelope: bytes = b""
    body: bytes = b""
    bodystructure: bytes = b""
    parts: bytes = b""
    packed_header: bytes = b""
    sent_at: int = 0
    thread_id: int = 0  # 0: none was asked for yet (`mailsuite.store.threads`)
    preview: str = ""
    stored: StoredMessage | None = None
    whole: bytes | None = None

    @property
    def header(self) -> bytes:
        """The header block: trace fields, header, empty line. Raises `DamagedBody`."""
        return self.prefix + expanded(self.packed_header)

    def octets(self) -> bytes:
        """The whole message. Raises `DamagedBody`."""
        if self.whole is None:
            if self.stored is None:
                raise DamagedBody(f"message {self.message_id}: no body")
            self.whole = self.stored.octets()
        return self.whole


_FIELDS = {"header": "packed_header"}


@lru_cache(maxsize=64)
def _statement(needs: frozenset[str], *, side_by_side: bool) -> Select[Any]:
    columns = [
        placement.c.uid,
        placement.c.message_id,
        placement.c.internal_date,
        placement.c.saved_at,
    ]
    source: Any = placement
    meta = [COLUMNS[need].label(_FIELDS.get(need, need)) for need in sorted(needs)]
    if meta:
        source = placement.join(message, message.c.id == placement.c.message_id).join(
            blob_meta, blob_meta.c.id == message.c.blob_id
        )
        columns += [message.c.blob_id, blob_meta.c.version, message.c.prefix, *meta]
    where = IN_SPAN if side_by_side else (IN_SPAN[0], any_of(placement.c.uid, "uids"))
    return select(*columns).select_from(source).where(*where)


def _find(
    tx: Transaction, mailbox_id: int, uids: Sequence[int], needs: frozenset[str]
) -> Iterator[tuple[Any, ...]]:
    """The rows of these UIDs, by a walk where they stand side by side: half of the cost."""
    low, high = min(uids, default=1), max(uids, default=0)
    if high - low + 1 != len(uids):
        where = {"of_mailbox": mailbox_id, "uids": tx.array(uids)}
        yield from tx.execute(_statement(needs, side_by_side=False), where).tuples()
    else:
        where = {"of_mailbox": mailbox_id, "low": low, "high": high}
        yield from tx.execute(_statement(needs, side_by_side=True), where).tuples()


def _renew(row: MessageRow, names: Sequence[str], found: dict[str, Any]) -> None:
    """Put what today's scanner finds in the place of what an older one found."""
    for need, value in found.items():
        name = _FIELDS.get(need, need)
        if name in names:
            setattr(row, name, value)


def read_rows(
    tx: Transaction, mailbox_id: int, uids: Sequence[int], needs: Iterable[str]
) -> dict[int, MessageRow]:
    """Read messages by UID in one or two queries; those that are gone are left out."""
    needs = frozenset(needs) - ARRAYS
    meta = frozenset(COLUMNS.keys() & needs)
    names = ["prefix", *[_FIELDS.get(need, need) for need in sorted(meta)]] if meta else []
    rows = {}
    for uid, message_id, internal_date, saved_at, *more in _find(tx, mailbox_id, uids, meta):
        row = rows[uid] = MessageRow(uid, message_id, internal_date, saved_at)
        if not more:
            continue
        for name, value in zip(names, more[2:], strict=True):
            setattr(row, name, value)
        if more[1] < VERSION:
            _renew(row, names, renewed(tx, more[0]))
    if OCTETS in needs:
        stored = read_messages(tx, [row.message_id for row in rows.values()])
        for row in rows.values():
            row.stored = stored.get(row.message_id)
    return rows
