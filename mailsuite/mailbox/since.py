"""What happened in a mailbox since a modseq, asked by a device that was away (RFC 7162)."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import compress

from mailsuite.mailbox.view import MailboxView
from mailsuite.store.placements import Span
from mailsuite.store.vanished import Asked, read_vanished

FEW = 2_000  # UIDs looked for one by one: 1 ms
SCANNED_AT_ONCE = 50_000  # modseqs compared on the reactor: 2 ms


async def find_changed(view: MailboxView, modseq: int) -> list[int]:
    """As `changed_since`, in a thread where very many messages have to be looked at."""
    uids, modseqs = view.arrays.uids, view.arrays.modseqs
    if len(uids) <= SCANNED_AT_ONCE or modseq >= view.changed.floor:
        return view.changed_since(modseq)
    uids, modseqs = uids[:], modseqs[:]  # 12 octets a message, for as long as it takes
    return await view.read(lambda _: list(compress(uids, map(modseq.__lt__, modseqs))))


async def find_changed_of(view: MailboxView, modseq: int, uids: Sequence[int]) -> Sequence[int]:
    """Those of rising UIDs whose messages changed after a modseq."""
    changed = await find_changed(view, modseq)
    if not changed or not uids:
        return []
    if len(changed) <= FEW:
        places = ((uid, bisect_left(uids, uid)) for uid in changed)
        return [uid for uid, at in places if at < len(uids) and uids[at] == uid]
    return await view.read(lambda _: sorted(set(changed).intersection(uids)))


async def find_vanished(
    view: MailboxView, since: int, present: Sequence[int], within: Sequence[Span]
) -> list[Span]:
    """What went after a modseq: see `store.vanished.read_vanished`."""
    return await view.read(read_vanished, view.id, Asked(since, present, within))
