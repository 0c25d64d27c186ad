"""What went from a mailbox since a modseq (RFC 7162 §3.2.5): remembered ranges, or all gaps.

What was expunged is never forgotten, so a client may come back after any time. A UID below
UIDNEXT that stands in no placement has gone: so where very many ranges would have to be read, the
gaps between the messages that are there say it, in no more ranges than there are messages.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import cast

from attrs import frozen
from sqlalchemy import bindparam, select

from mailsuite.store.placements import Span
from mailsuite.store.schema import expunged
from mailsuite.store.transaction import Transaction

LARGEST_READ = 10_000  # ranges; of more the gaps are told: 8 ms, and 2 MB while it lasts

_OF_MAILBOX = expunged.c.mailbox_id == bindparam("mailbox_id")
READ_SINCE = (
    select(expunged.c.uid_low, expunged.c.uid_high)
    .where(_OF_MAILBOX, expunged.c.modseq > bindparam("since"))
    .order_by(expunged.c.modseq)
    .limit(bindparam("most"))
)


@frozen
class Asked:
    """What a device wants to know.

    Attributes:
        since: what went after this modseq.
        present: the UIDs, rising, that it counts as being there; none of them is told.
        within: rising ranges; only what stands in one is told.
    """

    since: int
    present: Sequence[int]
    within: Sequence[Span]


def read_vanished(
    tx: Transaction, mailbox_id: int, asked: Asked, most: int = LARGEST_READ
) -> list[Span]:
    """What went, as rising ranges that do not touch; of more than `most` all gaps."""
    within = asked.within
    having = {"mailbox_id": mailbox_id, "since": asked.since, "most": most + 1}
    rows = cast("list[Span]", tx.execute(READ_SINCE, having).tuples())
    if len(rows) > most:
        return common(gaps(asked.present, within[-1][1] if within else 0), within)
    return without(common(joined(sorted(rows)), within), asked.present)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Rising ranges, those that touch or overlap made one."""
    found: list[Span] = []
    for low, high in spans:
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def common(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """What stands in both."""
    found: list[Span] = []
    at = 0
    for low, high in first:
        while at < len(second) and second[at][1] < low:
            at += 1
        here = at
        while here < len(second) and second[here][0] <= high:
            found.append((max(low, second[here][0]), min(high, second[here][1])))
            here += 1
    return found


def without(spans: Sequence[Span], uids: Sequence[int]) -> list[Span]:
    """The ranges without these rising UIDs."""
    found: list[Span] = []
    for low, high in spans:
        start = bisect_left(uids, low)
        for uid in uids[start : bisect_right(uids, high, start)]:
            if low < uid:
                found.append((low, uid - 1))
            low = uid + 1  # noqa: PLW2901 - what is left of the range
        if low <= high:
            found.append((low, high))
    return found


def gaps(uids: Sequence[int], last: int) -> list[Span]:
    """All of 1 to `last` but these rising UIDs."""
    return without([(1, last)], uids) if last else []
