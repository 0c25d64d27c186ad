"""What a view of a mailbox is loaded from: its rows, what changed since, or a packed snapshot.

A snapshot is the four arrays as one row. It is derived: a missing, old or foreign one only
costs time (rows of 100,000 messages 107 ms, a snapshot 4).
"""

import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import cast

import zstandard
from attrs import define, field, frozen
from sqlalchemy import bindparam, delete, insert, select

from mailsuite.store.flags import SEEN, read_keywords
from mailsuite.store.mailboxes import MailboxRow, read_mailbox
from mailsuite.store.placements import Span
from mailsuite.store.schema import expunged, placement, view_snapshot
from mailsuite.store.transaction import Transaction

FORMAT = 1
_HEAD = struct.Struct("<4sBxxxQI")  # magic and byte order, format, modseq, messages
_MAGIC = b"MSV" + sys.byteorder[:1].encode()
LARGEST_SNAPSHOT = 1 << 31

READ_ALL = (
    select(placement.c.uid, placement.c.flags, placement.c.modseq, placement.c.size)
    .where(placement.c.mailbox_id == bindparam("mailbox_id"))
    .order_by(placement.c.uid)
)
# In no order: asked for rising UIDs, SQLite walks through all of a mailbox by its primary key
# instead of the few rows by their modseq (8 ms of 100,000 at every change).
READ_CHANGED = select(
    placement.c.uid, placement.c.flags, placement.c.modseq, placement.c.size
).where(
    placement.c.mailbox_id == bindparam("mailbox_id"),
    placement.c.modseq > bindparam("since"),
)
READ_EXPUNGED = (
    select(expunged.c.uid_low, expunged.c.uid_high)
    .where(expunged.c.mailbox_id == bindparam("mailbox_id"), expunged.c.modseq > bindparam("since"))
    .order_by(expunged.c.uid_low)
)
READ_SNAPSHOT = select(view_snapshot.c.modseq, view_snapshot.c.arrays).where(
    view_snapshot.c.mailbox_id == bindparam("mailbox_id")
)
DROP_SNAPSHOT = delete(view_snapshot).where(view_snapshot.c.mailbox_id == bindparam("mailbox_id"))
ADD_SNAPSHOT = insert(view_snapshot)

Row = tuple[int, int, int, int]  # uid, flags, modseq, size


def _uids() -> "array[int]":
    return array("I")


def _words() -> "array[int]":
    return array("q")


def _modseqs() -> "array[int]":
    return array("Q")


@define
class Arrays:
    """The messages of a mailbox by rising UID: four arrays side by side, 24 octets a message."""

    uids: "array[int]" = field(factory=_uids)
    flags: "array[int]" = field(factory=_words)
    modseqs: "array[int]" = field(factory=_modseqs)
    sizes: "array[int]" = field(factory=_uids)

    def extend(self, rows: Sequence[Row]) -> None:
        """Add messages with higher UIDs."""
        if rows:
            uids, flags, modseqs, sizes = zip(*rows, strict=True)
            self.uids.extend(uids)
            self.flags.extend(flags)
            self.modseqs.extend(modseqs)
            self.sizes.extend(sizes)

    def index(self, uid: int) -> int:
        """Where the UID stands, or -1."""
        at = bisect_left(self.uids, uid)
        return at if at < len(self.uids) and self.uids[at] == uid else -1

    def without(self, going: Sequence[int]) -> "Arrays":
        """New arrays without these indexes (rising)."""
        kept = Arrays()
        start = 0
        for low, high in index_runs(going):
            kept.take(self, start, low)
            start = high
        kept.take(self, start, len(self.uids))
        return kept

    def take(self, source: "Arrays", start: int, end: int) -> None:
        """Add a slice of other arrays."""
        if start < end:
            self.uids += source.uids[start:end]
            self.flags += source.flags[start:end]
            self.modseqs += source.modseqs[start:end]
            self.sizes += source.sizes[start:end]


def index_runs(indexes: Iterable[int]) -> list[tuple[int, int]]:
    """Rising indexes as half-open runs of neighbours."""
    runs: list[tuple[int, int]] = []
    start = end = -1
    for index in indexes:
        if index == end:
            end += 1
            continue
        if start >= 0:
            runs.append((start, end))
        start, end = index, index + 1
    if start >= 0:
        runs.append((start, end))
    return runs


@frozen
class Loaded:
    """A mailbox as it is at `row.modseq`.

    Attributes:
        keywords: bit to name.
        read: rows that had to be read: what a new snapshot would save.
        gone: of the UIDs that the reader knew, those that are no longer there.
        first_unseen: index of the first message without the Seen flag, or the number of messages.
    """

    row: MailboxRow
    keywords: dict[int, str]
    arrays: Arrays
    read: int
    gone: Sequence[int]
    first_unseen: int


@frozen
class ViewChanges:
    """What happened to a mailbox since a modseq; `rows` is None when it is too much to merge."""

    row: MailboxRow
    keywords: dict[int, str]
    rows: list[Row] | None
    expunged: list[Span]


def pack(arrays: Arrays, modseq: int) -> bytes:
    """The arrays as one row's octets (zstd: 0.86 MB for 100,000 messages)."""
    head = _HEAD.pack(_MAGIC, FORMAT, modseq, len(arrays.uids))
    columns = (arrays.uids, arrays.flags, arrays.modseqs, arrays.sizes)
    packed = b"".join([head, *[column.tobytes() for column in columns]])
    return zstandard.ZstdCompressor(level=1, write_checksum=True).compress(packed)


def unpack(octets: bytes) -> tuple[int, Arrays] | None:
    """The modseq and the arrays, or None if they were written by another machine or format."""
    try:
        packed = memoryview(
            zstandard.ZstdDecompressor().decompress(octets, max_output_size=LARGEST_SNAPSHOT)
        )
        magic, version, modseq, count = _HEAD.unpack_from(packed)
    except (zstandard.ZstdError, struct.error):
        return None
    arrays = Arrays()
    columns = (arrays.uids, arrays.flags, arrays.modseqs, arrays.sizes)
    wanted = sum(column.itemsize for column in columns) * count
    if (magic, version, len(packed) - _HEAD.size) != (_MAGIC, FORMAT, wanted):
        return None
    at = _HEAD.size
    for column in columns:
        end = at + column.itemsize * count
        column.frombytes(packed[at:end])
        at = end
    return modseq, arrays


def save_snapshot(tx: Transaction, mailbox_id: int, modseq: int, packed: bytes) -> None:
    """Put the packed arrays in the place of older ones, unless the mailbox is gone.

    Raises:
        NoSuchMailbox: it was deleted meanwhile.
    """
    read_mailbox(tx, mailbox_id)
    tx.execute(DROP_SNAPSHOT, {"mailbox_id": mailbox_id})
    tx.execute(ADD_SNAPSHOT, {"mailbox_id": mailbox_id, "modseq": modseq, "arrays": packed})


def load_view(tx: Transaction, mailbox_id: int, known: Sequence[int] = ()) -> Loaded:
    """Load a mailbox whole: from its snapshot and what changed since, or from its rows.

    `known` are UIDs that the caller had before, of which it wants to know the ones that went.

    Raises:
        NoSuchMailbox: it was deleted.
    """
    row = read_mailbox(tx, mailbox_id)
    arrays, read = _from_snapshot(tx, row) or _from_rows(tx, mailbox_id)
    gone: Sequence[int] = sorted(set(known).difference(arrays.uids)) if known else ()
    unseen = (at for at, flags in enumerate(arrays.flags) if not flags & SEEN)
    first_unseen = next(unseen, len(arrays.uids))
    return Loaded(row, read_keywords(tx, mailbox_id), arrays, read, gone, first_unseen)


def _from_rows(tx: Transaction, mailbox_id: int) -> tuple[Arrays, int]:
    arrays = Arrays()
    # In pieces: between them the reactor gets the GIL (stalls of 2 ms instead of 14).
    for rows in tx.execute(READ_ALL, {"mailbox_id": mailbox_id}).chunks():
        arrays.extend(cast("list[Row]", rows))
    return arrays, len(arrays.uids)


def _from_snapshot(tx: Transaction, row: MailboxRow) -> tuple[Arrays, int] | None:
    stored = tx.execute(READ_SNAPSHOT, {"mailbox_id": row.id}).tuples()
    found = unpack(bytes(stored[0][1])) if stored else None
    if found is None or found[0] > row.modseq:
        return None
    modseq, arrays = found
    changes = read_changes(tx, row.id, modseq, most=row.messages // 2)
    if changes.rows is None:
        return None
    going = gone_indexes(arrays, changes.expunged)
    if going:
        arrays = arrays.without(going)
    merge_rows(arrays, changes.rows)
    # The counters are kept in the same transactions: whatever else is wrong shows here.
    if len(arrays.uids) != row.messages:
        return None
    return arrays, len(changes.rows) + len(going)


def gone_indexes(arrays: Arrays, spans: Iterable[Span]) -> list[int]:
    """Rising indexes of what stands in the spans."""
    going: set[int] = set()
    for low, high in spans:
        first = bisect_left(arrays.uids, low)
        last = bisect_left(arrays.uids, high + 1, first)
        going.update(range(first, last))
    return sorted(going)


def merge_rows(arrays: Arrays, rows: Sequence[Row]) -> list[int]:
    """Bring changed and new messages (rising UIDs) into the arrays; the changed indexes."""
    last = arrays.uids[-1] if arrays.uids else 0
    changed = []
    at = 0
    for number, (uid, flags, modseq, _) in enumerate(rows):
        if uid > last:
            arrays.extend(rows[number:])
            break
        at = bisect_left(arrays.uids, uid, at)
        arrays.flags[at] = flags
        arrays.modseqs[at] = modseq
        changed.append(at)
    return changed


def read_changes(tx: Transaction, mailbox_id: int, since: int, most: int) -> ViewChanges:
    """What changed in the mailbox since a modseq; 9 us when nothing did.

    Raises:
        NoSuchMailbox: it was deleted.
    """
    row = read_mailbox(tx, mailbox_id)
    asked = {"mailbox_id": mailbox_id, "since": since}
    rows: list[Row] = []
    for more in tx.execute(READ_CHANGED, asked).chunks():
        rows += cast("list[Row]", more)
        if len(rows) > most:
            break
    rows.sort()
    spans = cast("list[Span]", tx.execute(READ_EXPUNGED, asked).tuples())
    merged = None if len(rows) > most else rows
    return ViewChanges(row, read_keywords(tx, mailbox_id), merged, spans)
