"""Ids that are never given out twice, for rows that are numbered before they are written.

They are reserved in blocks: a counter row written for every message would cost a statement and a
page of the log each time. What is left of a block when the connection ends is never used. Where
several workers write, each takes exactly what it needs: ids rise in the order of the commits.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, insert, update

from mailsuite.store.schema import sequence
from mailsuite.store.transaction import Transaction

TAKE = (
    update(sequence)
    .where(sequence.c.name == bindparam("of"))
    .values(next=sequence.c.next + bindparam("count"))
    .returning(sequence.c.next)
)
START = insert(sequence)


def reserve_ids(tx: Transaction, table: str, count: int = 1) -> Sequence[int]:
    """Take `count` ids of a table, ascending, without gaps between them.

    One counter row a table serves both dialects; on PostgreSQL its lock lasts until COMMIT,
    which the writer's group commit makes one wait for many jobs. After a ROLLBACK a new block is
    reserved, since the reservation itself may be undone.
    """
    block = tx.connection.ids.get(table, range(0))
    if len(block) < count:
        block = _reserved(tx, table, max(count, tx.connection.block))
    tx.connection.ids[table] = block[count:]
    return block[:count]


def _reserved(tx: Transaction, table: str, count: int) -> range:
    after = tx.execute(TAKE, {"of": table, "count": count}).value()
    if after is None:
        tx.execute(START, {"name": table, "next": 1 + count})
        after = 1 + count
    return range(after - count, after)


def reserve_id(tx: Transaction, table: str) -> int:
    """Take one id of a table."""
    return reserve_ids(tx, table)[0]
