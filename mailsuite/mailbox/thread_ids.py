"""Threads for messages that have none yet, before somebody is told of them (RFC 8474 §5.2)."""

from collections.abc import Sequence

from mailsuite.mailbox.sorting import keep_made
from mailsuite.mailbox.view import MailboxView
from mailsuite.store.threads import join_threads, read_unthreaded

ALL = 1 << 32


async def ensure_threads(view: MailboxView, uids: Sequence[int] | None = None) -> None:
    """See that these messages (None: all of the mailbox) have a thread, a step at a time."""
    if uids is not None and not len(uids):
        return
    low, high = (1, ALL) if uids is None else (uids[0], uids[-1])
    while low:
        found = await view.read(read_unthreaded, view.id, low, high)
        if found.made:
            await keep_made(view, found.made)
        if found.rows:
            await view.write(join_threads, found.rows)
        low = found.last and found.last + 1
