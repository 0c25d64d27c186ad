"""Changes that a device asks for: STORE, EXPUNGE, COPY, MOVE over a shared view.

STORE and EXPUNGE go in steps of `STEP` messages, each a transaction of its own, so that a
delivery never waits for all of them; COPY and MOVE are all or nothing, one transaction.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import AsyncGenerator, Iterator, Sequence

from mailsuite.mailbox.rights import allowed_word
from mailsuite.mailbox.view import MailboxView
from mailsuite.store.flags import DELETED, FlagChange
from mailsuite.store.mailboxes import MailboxRow
from mailsuite.store.placements import EVER, STEP, Span, Stored, store_flags
from mailsuite.store.placements_copy import Copied, copy_messages, move_messages
from mailsuite.store.placements_expunge import expunge_messages


def steps(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    """The UIDs in slices of one step."""
    for start in range(0, len(uids), STEP):
        yield uids[start : start + STEP]


def spans_in(view: MailboxView, uids: Sequence[int]) -> list[Span]:
    """Rising UIDs as spans that hold no other message of the mailbox.

    Gaps where no message stands do not end a span: new messages only come above.
    """
    there = view.arrays.uids
    if not uids:
        return []
    start = bisect_left(there, uids[0])
    if there[start : start + len(uids)] == array("I", uids):
        return [(uids[0], uids[-1])]
    spans: list[Span] = []
    before = -2
    for uid in uids:
        at = bisect_left(there, uid, max(before, 0))
        if at == len(there) or there[at] != uid:
            continue
        if at == before + 1:
            spans[-1] = (spans[-1][0], uid)
        else:
            spans.append((uid, uid))
        before = at
    return spans


async def store_step(
    view: MailboxView, step: Sequence[int], change: FlagChange, unchanged_since: int = EVER
) -> Stored:
    """Change the flags of one step's messages; the view is up to date afterwards.

    Raises:
        NoSuchMailbox: it was deleted.
        TooMany: no bit is left for a new keyword.
    """
    return await view.write(store_flags, spans_in(view, step), change, unchanged_since)


async def expunge(
    view: MailboxView, uids: Sequence[int] | None
) -> AsyncGenerator[tuple[int, int], None]:
    """Remove what is marked as deleted (of these UIDs), step by step; the view follows.

    Yields after each step how many of how many messages are done.

    Raises:
        NoSuchMailbox: it was deleted.
    """
    await view.refresh()
    arrays = view.arrays
    pairs = zip(arrays.uids, arrays.flags, strict=True)
    going = [uid for uid, flags in pairs if flags & DELETED]
    if uids is not None:
        wanted = set(uids)
        going = [uid for uid in going if uid in wanted]
    done = 0
    for step in steps(going):
        await view.write(expunge_messages, spans_in(view, step), DELETED)
        done += len(step)
        yield done, len(going)


def _all_spans(view: MailboxView, uids: Sequence[int]) -> list[Span]:
    return [span for step in steps(uids) for span in spans_in(view, step)]


async def copy(view: MailboxView, uids: Sequence[int], target: MailboxRow) -> Copied:
    """Copy messages, with the flags that may be set there; UIDs that are gone are passed over.

    Raises:
        NoSuchTarget: the target was deleted meanwhile.
        OverQuota: they do not all fit; nothing was copied.
    """
    kept = allowed_word(target.rights)
    return await view.write(copy_messages, _all_spans(view, uids), target.id, kept)


async def move(view: MailboxView, uids: Sequence[int], target: MailboxRow) -> Copied:
    """Move messages; UIDs that are gone are passed over (a phone retries for ever after NO).

    Raises:
        NoSuchTarget: the target was deleted meanwhile.
        OverQuota: it is another account's, which has no room for them.
    """
    kept = allowed_word(target.rights)
    return await view.write(move_messages, _all_spans(view, uids), target.id, kept)


def between(uids: Sequence[int], low: int, high: int) -> Sequence[int]:
    """The part of rising UIDs from `low` to `high`."""
    return uids[bisect_left(uids, low) : bisect_right(uids, high)]
