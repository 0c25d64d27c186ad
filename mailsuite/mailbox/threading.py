"""THREAD: the threads of messages that were searched, off the reactor (RFC 5256 §3)."""

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from mailsuite.mailbox.orders import Ancestry
from mailsuite.mailbox.sorting import are_few, keep_made
from mailsuite.mailbox.threads import Forest, Letters, Threading
from mailsuite.mailbox.view import MailboxView
from mailsuite.store.sorting import MADE, OrderRows, read_chosen, read_order
from mailsuite.store.transaction import Transaction

COLUMNS = ("own", "ancestors", "sent_at", "arrival", "subject", "reply")

Writes = Callable[[Forest, Sequence[int]], bytes]


async def threaded(
    view: MailboxView,
    uids: Sequence[int],
    told: Sequence[int],
    algorithm: Threading,
    write: Writes,
) -> bytes:
    """The threads of these UIDs, which rise, written with what the client calls them.

    Messages that are gone are left out. The same question about the same messages is answered
    from memory.

    Raises:
        TooMany: their references contradict each other too often.
    """
    ancestry = await _loaded(view, uids)
    asked = (algorithm, array("I", uids).tobytes(), array("I", told).tobytes())
    known = view.orders.answers.get(asked)
    if known is None:
        known = await view.read(partial(_answer, ancestry, uids, told, algorithm, write))
        view.orders.remember(asked, known)
    return known


async def _loaded(view: MailboxView, uids: Sequence[int]) -> Ancestry:
    ancestry = view.orders.ancestry
    if ancestry is None or len(ancestry.uids) > 2 * len(view.arrays.uids) + 1_000:
        ancestry = Ancestry()
    ended = not uids or ancestry.last >= uids[-1]
    if not ended and are_few(view, uids):
        return await _loaded_few(view, uids)
    while not ended:
        last = ancestry.last
        found, rows = await view.read(_read, view.id, last)
        if found.made:
            await keep_made(view, found.made)
        if ancestry.last == last:  # else somebody beside us has read them, too
            ancestry.extend(rows)
        ended = found.ended
    view.orders.keep_ancestry(ancestry)
    return ancestry


async def _loaded_few(view: MailboxView, uids: Sequence[int]) -> Ancestry:
    ancestry = Ancestry()
    for start in range(0, len(uids), MADE):
        found, rows = await view.read(_read_few, view.id, uids[start : start + MADE])
        if found.made:
            await keep_made(view, found.made)
        ancestry.extend(rows)
    return ancestry


def _read(tx: Transaction, mailbox_id: int, after: int) -> tuple[OrderRows, Ancestry]:
    found = read_order(tx, mailbox_id, COLUMNS, after)
    return found, _rows(found)


def _read_few(tx: Transaction, mailbox_id: int, uids: Sequence[int]) -> tuple[OrderRows, Ancestry]:
    found = read_chosen(tx, mailbox_id, COLUMNS, uids)
    return found, _rows(found)


def _rows(found: OrderRows) -> Ancestry:
    rows = Ancestry()
    for uid, own, ancestors, sent, arrived, subject, reply in found.rows:
        rows.uids.append(uid)
        rows.own.append(own)
        rows.ancestors.frombytes(ancestors)
        rows.starts.append(len(rows.ancestors))
        rows.sent.append(sent or arrived)
        rows.arrived.append(arrived)
        # Only whether two are equal is asked; this hash has a key that nobody outside knows.
        rows.subjects.append(hash(bytes(subject)) if subject else 0)
        rows.replies.append(reply)
    return rows


def _answer(
    ancestry: Ancestry,
    uids: Sequence[int],
    told: Sequence[int],
    algorithm: Threading,
    write: Writes,
    _: Transaction,
) -> bytes:
    letters, names = _chosen(ancestry, uids, told)
    return write(algorithm(letters), names)


def _chosen(
    ancestry: Ancestry, uids: Sequence[int], told: Sequence[int]
) -> tuple[Letters, Sequence[int]]:
    """The messages with these UIDs, and what the client calls each."""
    names = dict(zip(uids, told, strict=True))
    places = [at for at, uid in enumerate(ancestry.uids) if uid in names]
    if len(places) == len(ancestry.uids):
        return ancestry.letters(), [names[uid] for uid in ancestry.uids]
    ancestors, starts = array("q"), array("I", [0])
    ends = list(pairwise(ancestry.starts))
    for at in places:
        start, end = ends[at]
        ancestors += ancestry.ancestors[start:end]
        starts.append(len(ancestors))
    letters = Letters(
        [ancestry.own[at] for at in places],
        ancestors,
        starts,
        [ancestry.sent[at] for at in places],
        [ancestry.arrived[at] for at in places],
        [ancestry.subjects[at] for at in places],
        [ancestry.replies[at] for at in places],
    )
    return letters, [names[ancestry.uids[at]] for at in places]
