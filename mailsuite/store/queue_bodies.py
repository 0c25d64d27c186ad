"""What the queue is to send next, read before its turn comes: small bodies, whole.

A hop to a reader thread and back costs more than reading a letter of a few KiB does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen
from sqlalchemy import bindparam, select

from mailsuite.errors import DamagedBody
from mailsuite.store.schema import blob, blob_data
from mailsuite.store.streams import opened_body
from mailsuite.store.suppressions import find_suppressed
from mailsuite.store.transaction import Transaction, any_of

SMALL = 64 * 1024  # octets of a message that is kept in memory until it is sent
BODIES = (
    select(
        blob.c.id, blob.c.hash, blob.c.size, blob.c.stored, blob.c.codec, blob.c.place,
        blob_data.c.body,
    )
    .select_from(blob.outerjoin(blob_data, blob_data.c.id == blob.c.id))
    .where(any_of(blob.c.id, "ids"), blob.c.size <= bindparam("small"))
)  # fmt: skip


@frozen
class Read:
    """What one look found."""

    bodies: Mapping[int, bytes] = field(factory=dict)  # by blob id
    suppressed: Mapping[str, str] = field(factory=dict)  # address -> why it is not written to


def read_ahead(tx: Transaction, blob_ids: Sequence[int], addresses: Sequence[str]) -> Read:
    """Bodies of at most `SMALL` octets, and who of these is on the suppression list.

    Larger bodies, missing and damaged ones are left out: whoever opens them hears why.
    """
    bodies: dict[int, bytes] = {}
    rows: Any = tx.execute(BODIES, {"ids": tx.array(blob_ids), "small": SMALL}).tuples()
    for number, *row in rows:
        try:
            pieces = opened_body(tx, b"", row, 0)
            try:
                bodies[number] = pieces.next_piece(SMALL)
            finally:
                pieces.close()
        except DamagedBody:
            continue
    return Read(bodies, find_suppressed(tx, addresses))
