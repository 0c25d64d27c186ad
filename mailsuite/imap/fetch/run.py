"""Commands of one kind that wait behind each other, answered together.

mbsync and others fetch message by message, many commands ahead: `UID FETCH 7 (...)`, `UID FETCH 8
(...)`. What has come of these is one reader job and one write; each has its own tagged OK, in
its place. Nothing that a client could see differs from answering one after the other.
"""

import re
from collections.abc import Sequence
from functools import lru_cache, partial

from attrs import frozen

from mailsuite.imap.fetch.asked import Asked
from mailsuite.imap.fetch.batch import BATCH_OCTETS, Batch, gather
from mailsuite.imap.fetch.one import answer_one
from mailsuite.imap.fetch.whole import WholePlan, from_whole, plan_whole
from mailsuite.imap.grammar import LARGEST
from mailsuite.imap.ports import Session
from mailsuite.imap.view import SelectedView
from mailsuite.mailbox.ahead import LARGEST as LARGEST_MESSAGE
from mailsuite.store.flags import Keywords
from mailsuite.store.placements_read import OCTETS
from mailsuite.store.transaction import Transaction

MOST = 64  # commands at once
NOT_READ = b"NO [CORRUPTION] The message could not be read\r\n"


@frozen
class Run:
    """Some messages, each asked for by a command; the session has the last one in hand."""

    uids: Sequence[int]
    endings: Sequence[bytes]  # the OK of each command but the last
    planned: WholePlan


def take_run(session: Session, view: SelectedView, uid: int, asked: Asked) -> Run | None:
    """Take the commands that ask the same of the next messages; None if there is none.

    The one in hand asks for whole messages, and sets no flag; no EXPUNGE waits to be told.
    """
    if not asked.written or not session.by_uid or OCTETS not in asked.needs:
        return None
    if "seen" in asked.needs or view.numbers.waiting:
        return None
    pattern = _pattern(asked.written)
    arrays = view.mailbox.arrays
    octets = arrays.sizes[arrays.index(uid)]
    uids, endings = [uid], []

    def fits(digits: bytes) -> bool:
        nonlocal octets
        following = int(digits)
        at = arrays.index(following) if uids[-1] < following <= LARGEST else -1
        if at < 0 or arrays.sizes[at] > LARGEST_MESSAGE or not view.numbers.of(following):
            return False
        octets += arrays.sizes[at]
        return octets <= BATCH_OCTETS

    planned: WholePlan | None = None
    while len(uids) < MOST and (taken := session.next_alike(pattern, fits)) is not None:
        tag, digits = taken
        uids.append(int(digits))
        endings.append(session.pass_on(tag))
        planned = planned or plan_whole(asked)
    return None if planned is None else Run(uids, endings, planned)


async def answer_run(session: Session, view: SelectedView, run: Run, asked: Asked) -> int:
    """Answer the commands; returns how many messages the last of them could not be given."""
    mailbox = view.mailbox
    job = partial(
        _read,
        mailbox_id=mailbox.id,
        batch=gather(view, run.uids),
        run=run,
        keywords=mailbox.keywords,
    )
    octets = await mailbox.read(job)
    if octets is not None:
        session.write(octets)
        await session.drained()
        return 0
    # One is gone or damaged: each by itself.
    damaged = 0
    for uid, ending in zip(run.uids, [*run.endings, b""], strict=True):
        answer = await answer_one(view, uid, asked)
        damaged = answer.damaged
        if damaged and ending:
            session.write(b"%b %b" % (ending.partition(b" ")[0], NOT_READ))
        else:
            session.write(answer.octets + ending)
        await session.drained()
    return damaged


def _read(
    tx: Transaction, *, mailbox_id: int, batch: Batch, run: Run, keywords: Keywords
) -> bytes | None:
    if len(batch.uids) != len(run.uids):
        return None
    answer = from_whole(
        tx,
        mailbox_id=mailbox_id,
        batch=batch,
        planned=run.planned,
        keywords=keywords,
        after=[*run.endings, b""],
    )
    return None if answer is None or answer[1] else answer[0]


@lru_cache(maxsize=64)
def _pattern(written: bytes) -> re.Pattern[bytes]:
    """A command with these very items: its tag and its one UID are the groups."""
    return re.compile(
        rb'([^\x00-\x20\x7f-\xff(){%%*"\\+]{1,100}) UID FETCH ([1-9][0-9]{0,9}) %b\r\n'
        % re.escape(written)
    )
