"""What an older scanner found of a body, found again.

Whoever reads an older row gets what today's scanner finds (`renewed`), at the cost of a scan; the
bookkeeping writes it down, a few bodies at a time (`renew_meta`), and remembers how far it came.
"""

from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from mailsuite.errors import DamagedBody, NoSuchThing
from mailsuite.message.scan import VERSION, scan
from mailsuite.store.blobs import compressed, read_blob
from mailsuite.store.bodies import meta_columns
from mailsuite.store.schema import blob_meta, setting
from mailsuite.store.transaction import Transaction

NAME = "scanned"  # "version:id": all bodies up to that id have been looked at by that version
PROGRESS = select(setting.c.value).where(setting.c.name == NAME)
FORGET_PROGRESS = delete(setting).where(setting.c.name == NAME)
NOTE_PROGRESS = insert(setting)
NEXT = (
    select(blob_meta.c.id, blob_meta.c.version)
    .where(blob_meta.c.id > bindparam("after"))
    .order_by(blob_meta.c.id)
    .limit(2_000)
)
AT_ONCE = 50  # bodies scanned in one transaction: 10 ms, then deliveries have their turn
ALL = 1 << 62  # above every id
COLUMNS = tuple(column.name for column in blob_meta.c if column.name != "id")
RENEW = (
    update(blob_meta)
    .where(blob_meta.c.id == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in COLUMNS})
)


def renewed(tx: Transaction, blob_id: int) -> dict[str, Any]:
    """The columns as today's scanner finds them; none where the body is damaged."""
    try:
        found = scan(read_blob(tx, blob_id))
    except (DamagedBody, NoSuchThing):
        return {}
    return meta_columns(found, compressed(found.header))


def renew_meta(tx: Transaction, most: int = AT_ONCE) -> int:
    """Look at the next bodies, and scan at most so many again.

    Returns how many it looked at. 0: all are as today's scanner finds them.
    """
    version, _, last = (tx.execute(PROGRESS).value() or "0:0").partition(":")
    after = int(last) if int(version) == VERSION else 0
    looked = scanned = 0
    for blob_id, old in tx.execute(NEXT, {"after": after}).tuples():
        if scanned == most:
            break
        looked, after = looked + 1, blob_id
        if old < VERSION:
            scanned += 1
            columns = renewed(tx, blob_id)
            if columns:
                tx.execute(RENEW, {"of": blob_id, **{f"new_{k}": v for k, v in columns.items()}})
    if looked or after != ALL:
        tx.execute(FORGET_PROGRESS)
        tx.execute(NOTE_PROGRESS, {"name": NAME, "value": f"{VERSION}:{after if looked else ALL}"})
    return looked
