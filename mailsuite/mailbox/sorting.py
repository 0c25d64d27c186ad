"""SORT: UIDs in an order that was asked for (RFC 5256 §3), off the reactor.

An order of a mailbox is made once; what comes later is merged into it, and what went is left out
when it is asked for. Where C sorts or merges it holds the interpreter: never more than a few ms.
"""

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from mailsuite.errors import MailError
from mailsuite.mailbox.orders import SENT, Criteria, Criterion, Order
from mailsuite.mailbox.view import MailboxView
from mailsuite.store.sorting import MADE, Made, OrderRows, keep_keys, read_chosen, read_order
from mailsuite.store.transaction import Transaction

FEW = 2_000  # messages that are read one by one, where they are a small part of the mailbox
_OFFSET = 1 << 63
_UID = 4  # octets
_INVERTED = bytes(range(255, -1, -1))
_COLUMNS = {SENT: ("sent_at", "arrival")}

Part: TypeAlias = Callable[[tuple[Any, ...]], bytes]


async def sorted_uids(view: MailboxView, uids: Sequence[int], criteria: Criteria) -> list[int]:
    """Put UIDs, which rise, into the order of these criteria; those that are gone are left out."""
    order = view.orders.get(criteria, len(view.arrays.uids))
    columns = tuple(
        dict.fromkeys(c for one in criteria for c in _COLUMNS.get(one.name, (one.name,)))
    )
    runs: list[list[bytes]] = []
    if len(uids) and order.last < uids[-1] and are_few(view, uids):
        return await _sorted_few(view, uids, criteria, columns)
    last, ended = order.last, not uids or order.last >= uids[-1]
    while not ended:
        run, found = await view.read(_read_run, view.id, criteria, columns, last)
        if found.made:
            await keep_made(view, found.made)
        runs.append(run)
        ended = found.ended
        if found.rows:
            last = found.rows[-1][0]
    if any(runs):
        run = await _one_run(view, runs)
        order = await view.read(partial(_grown, order, run, last))
        view.orders.keep(criteria, order)
    return await view.read(partial(_among, order, uids))


def are_few(view: MailboxView, uids: Sequence[int]) -> bool:
    """Whether to read these messages alone, and not what the whole mailbox is sorted by."""
    return len(uids) <= FEW and len(uids) * 4 < len(view.arrays.uids)


async def _sorted_few(
    view: MailboxView, uids: Sequence[int], criteria: Criteria, columns: tuple[str, ...]
) -> list[int]:
    runs = []
    for start in range(0, len(uids), MADE):
        some = uids[start : start + MADE]
        run, found = await view.read(_read_few, view.id, criteria, columns, some)
        if found.made:
            await keep_made(view, found.made)
        runs.append(run)
    return [int.from_bytes(place[-_UID:], "big") for place in await _one_run(view, runs)]


async def _one_run(view: MailboxView, runs: list[list[bytes]]) -> list[bytes]:
    """Merge sorted runs, two at a time: sorting holds the interpreter."""
    while len(runs) > 1:
        first, second, *runs = runs
        runs.append(await view.read(partial(_merged, first, second)))
    return runs[0]


async def keep_made(view: MailboxView, made: Sequence[Made]) -> None:
    """Write down keys that were made; where that cannot be done, they are made again."""
    try:
        await view.write(keep_keys, made)
    except MailError as error:  # a full disk is no reason not to sort
        view.log.warn("sort keys not kept: {why}", why=error)


def _read_run(
    tx: Transaction, mailbox_id: int, criteria: Criteria, columns: tuple[str, ...], after: int
) -> tuple[list[bytes], OrderRows]:
    found = read_order(tx, mailbox_id, columns, after)
    return _run(found, criteria, columns), found


def _read_few(
    tx: Transaction,
    mailbox_id: int,
    criteria: Criteria,
    columns: tuple[str, ...],
    uids: Sequence[int],
) -> tuple[list[bytes], OrderRows]:
    found = read_chosen(tx, mailbox_id, columns, uids)
    return _run(found, criteria, columns), found


def _run(found: OrderRows, criteria: Criteria, columns: tuple[str, ...]) -> list[bytes]:
    parts = [_part(one, columns) for one in criteria]
    run = [
        b"".join([*[part(row) for part in parts], row[0].to_bytes(_UID, "big")])
        for row in found.rows
    ]
    run.sort()
    return run


def _part(criterion: Criterion, columns: tuple[str, ...]) -> Part:
    """What turns a row into the octets of one key."""
    names = _COLUMNS.get(criterion.name, (criterion.name,))
    at, *others = [columns.index(name) + 1 for name in names]
    reverse = criterion.reverse
    if others:
        other = others[0]
        return lambda row: _number(row[at] or row[other], reverse=reverse)
    if criterion.name in _NUMBERS:
        return lambda row: _number(row[at], reverse=reverse)
    return lambda row: _text(row[at], reverse=reverse)


_NUMBERS = {"arrival", "size"}


def _number(value: int, *, reverse: bool) -> bytes:
    return (_OFFSET - value if reverse else _OFFSET + value).to_bytes(8, "big")


def _text(value: bytes, *, reverse: bool) -> bytes:
    # No key is the beginning of another's place: each ends in what no key has inside.
    octets = bytes(value).replace(b"\0", b"\0\1") + b"\0\0"
    return octets.translate(_INVERTED) if reverse else octets


def _merged(first: list[bytes], second: list[bytes], _: Transaction) -> list[bytes]:
    first += second
    first.sort()  # two runs: one merge, in C
    return first


def _grown(order: Order, run: list[bytes], last: int, _: Transaction) -> Order:
    places = order.places() if order.uids else []
    places += run
    places.sort()
    uids = array("I", [int.from_bytes(place[-_UID:], "big") for place in places])
    return Order(b"".join(places), array("H", map(len, places)), uids, last)


def _among(order: Order, uids: Sequence[int], _: Transaction) -> list[int]:
    wanted = frozenset(uids)
    return [uid for uid in order.uids if uid in wanted]
