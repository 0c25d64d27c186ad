"""The keys by which messages are sorted and threaded, read for whole mailboxes.

They are made behind the delivery, which would have to wait 60 us for them: when no more comes
(`make_some_keys`), or when somebody asks before that. `read_order` gives them for every message,
made or not; what it had to make is written down by `keep_keys`, so that nobody makes it again.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from attrs import astuple, fields, frozen
from sqlalchemy import Select, bindparam, delete, func, insert, select

from mailsuite.errors import DamagedBody
from mailsuite.message.ordering import VERSION, OrderKeys, order_keys
from mailsuite.store.blobs import expanded
from mailsuite.store.schema import blob_meta, message, placement, setting
from mailsuite.store.schema_ordering import sort_key
from mailsuite.store.transaction import Transaction, any_of

PIECE = 5_000  # messages read in a job: 20 ms, then others have their turn
PASSED_OVER = 4  # bodies that have keys are looked at, for each that gets some
MADE = 500  # keys made in a job, if they are not there: 30 ms

ARRIVAL, SIZE = "arrival", "size"
PLACED: dict[str, Any] = {ARRIVAL: placement.c.internal_date, SIZE: placement.c.size}
KEYS = tuple(attribute.name for attribute in fields(OrderKeys))

HEADERS = select(blob_meta.c.id, blob_meta.c.header).where(any_of(blob_meta.c.id, "ids"))
PRESENT = select(blob_meta.c.id).where(any_of(blob_meta.c.id, "ids"))
NAME = "keyed"  # "version:id": bodies up to that id have their keys of that version
PROGRESS = select(setting.c.value).where(setting.c.name == NAME)
NEWEST = select(func.max(blob_meta.c.id))
FORGET_PROGRESS = delete(setting).where(setting.c.name == NAME)
NOTE_PROGRESS = insert(setting)
NEXT = (
    select(blob_meta.c.id, sort_key.c.version)
    .select_from(blob_meta.outerjoin(sort_key, sort_key.c.id == blob_meta.c.id))
    .where(blob_meta.c.id > bindparam("after"))
    .order_by(blob_meta.c.id)
    .limit(bindparam("looked_at"))
)
FORGET = delete(sort_key).where(any_of(sort_key.c.id, "ids"))
KEEP = insert(sort_key)

Made = tuple[int, OrderKeys]
Row = tuple[Any, ...]  # the UID, and what was asked for


@frozen
class OrderRows:
    """Some messages of a mailbox, by rising UID.

    Attributes:
        made: keys, by the id of the body, that were not there.
        ended: there are no more after these.
    """

    rows: list[Row]
    made: list[Made]
    ended: bool


@lru_cache(maxsize=64)
def _statement(names: tuple[str, ...], *, chosen: bool) -> Select[Any]:
    keyed = [name for name in names if name not in PLACED]
    source: Any = placement
    found = [placement.c.uid]
    if keyed:
        source = placement.join(message, message.c.id == placement.c.message_id).outerjoin(
            sort_key, sort_key.c.id == message.c.blob_id
        )
    found += [PLACED[name] if name in PLACED else sort_key.c[name] for name in names]
    if keyed:
        found += [sort_key.c.version, message.c.blob_id]
    which = any_of(placement.c.uid, "uids") if chosen else placement.c.uid > bindparam("after")
    return (
        select(*found)
        .select_from(source)
        .where(placement.c.mailbox_id == bindparam("of_mailbox"), which)
        .order_by(placement.c.uid)
        .limit(PIECE)
    )


def read_chosen(
    tx: Transaction, mailbox_id: int, names: tuple[str, ...], uids: Sequence[int]
) -> OrderRows:
    """Read these columns of these messages, of which there are at most `MADE`."""
    asked = {"of_mailbox": mailbox_id, "uids": tx.array(uids)}
    return _found(tx, names, tx.execute(_statement(names, chosen=True), asked).tuples())


def read_order(tx: Transaction, mailbox_id: int, names: tuple[str, ...], after: int) -> OrderRows:
    """Read these columns of the messages after a UID: of `PIECE` or fewer."""
    asked = {"of_mailbox": mailbox_id, "after": after}
    return _found(tx, names, tx.execute(_statement(names, chosen=False), asked).tuples())


def _found(tx: Transaction, names: tuple[str, ...], rows: list[Row]) -> OrderRows:
    ended = len(rows) < PIECE
    if all(name in PLACED for name in names):
        return OrderRows(rows, [], ended)
    lacking = [at for at, row in enumerate(rows) if row[-2] is None or row[-2] < VERSION]
    if not lacking:
        return OrderRows([row[:-2] for row in rows], [], ended)
    if len(lacking) > MADE:
        del rows[lacking[MADE] :]
        ended = False
    made = make_keys(tx, [rows[at][-1] for at in lacking[:MADE]])
    return OrderRows([_completed(row, names, made) for row in rows], list(made.items()), ended)


def _completed(row: Row, names: tuple[str, ...], made: dict[int, OrderKeys]) -> Row:
    keys = made.get(row[-1])
    if keys is None:
        return row[:-2]
    values = zip(names, row[1:], strict=False)
    return (row[0], *(v if name in PLACED else getattr(keys, name) for name, v in values))


def make_keys(tx: Transaction, blob_ids: Sequence[int]) -> dict[int, OrderKeys]:
    """Make the keys of bodies from their headers; of a damaged one they are empty."""
    nothing = order_keys(b"")
    made = dict.fromkeys(blob_ids, nothing)
    for blob_id, header in tx.execute(HEADERS, {"ids": tx.array(made)}).tuples():
        try:
            made[blob_id] = order_keys(expanded(header))
        except DamagedBody:
            continue
    return made


def make_some_keys(tx: Transaction, most: int) -> int:
    """Look at the next bodies, and make the keys of at most so many that have none.

    Returns how many it looked at. 0: all have them.
    """
    version, _, last = (tx.execute(PROGRESS).value() or "0:0").partition(":")
    after = int(last) if int(version) == VERSION else 0
    found = tx.execute(NEXT, {"after": after, "looked_at": most * PASSED_OVER}).tuples()
    lacking = [at for at, (_, of) in enumerate(found) if of is None or of < VERSION]
    if len(lacking) > most:
        del found[lacking[most] :]
    if found:
        made = make_keys(tx, [found[at][0] for at in lacking[:most]])
        _write(tx, list(made.items()))
        tx.execute(FORGET_PROGRESS)
        tx.execute(NOTE_PROGRESS, {"name": NAME, "value": f"{VERSION}:{found[-1][0]}"})
    return len(found)


def behind(tx: Transaction) -> tuple[int, bool]:
    """The newest body, and whether bodies may have no keys yet."""
    newest = tx.execute(NEWEST).value() or 0
    version, _, last = (tx.execute(PROGRESS).value() or "0:0").partition(":")
    done = int(last) if int(version) == VERSION else 0
    return newest, done < newest


def keep_keys(tx: Transaction, mailbox_id: int, made: Sequence[Made]) -> None:
    """Write down keys that were made, of bodies that are still there."""
    del mailbox_id  # whoever writes through a view of a mailbox says which one
    _write(tx, made)


def _write(tx: Transaction, made: Sequence[Made]) -> None:
    ids = tx.array([blob_id for blob_id, _ in made])
    present = {number for (number,) in tx.execute(PRESENT, {"ids": ids}).tuples()}
    tx.execute(FORGET, {"ids": ids})
    tx.execute_many(
        KEEP,
        [
            {"id": blob_id, "version": VERSION, **dict(zip(KEYS, astuple(keys), strict=True))}
            for blob_id, keys in made
            if blob_id in present
        ],
    )
