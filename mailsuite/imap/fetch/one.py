"""FETCH of one message, as programs send it that ask message by message (mbsync, imaplib).

The messages that come next are read with it and kept (`mailbox.ahead`), so that most of such
commands are answered without a trip to a reader thread.
"""

from collections.abc import Sequence
from functools import partial

from mailsuite.errors import DamagedBody
from mailsuite.imap.fetch.answer import Answer, in_pieces, written
from mailsuite.imap.fetch.asked import Asked
from mailsuite.imap.fetch.batch import Batch
from mailsuite.imap.fetch.whole import WholePlan, around_whole, from_whole, plan_whole
from mailsuite.imap.telling import lead
from mailsuite.imap.view import SelectedView
from mailsuite.mailbox.ahead import LARGEST
from mailsuite.store.columns_read import whole_message
from mailsuite.store.placements_read import ARRAYS, OCTETS, MessageRow, read_rows
from mailsuite.store.transaction import Transaction

NOTHING = ARRAYS | {"seen"}  # needs that cost no read
WHOLE = frozenset({OCTETS})


def is_small(view: SelectedView, uid: int, asked: Asked) -> bool:
    """Whether the answer may be put together on the reactor thread."""
    needs = asked.needs
    if OCTETS not in needs:
        return True
    arrays = view.mailbox.arrays
    at = arrays.index(uid)
    return (at < 0 or arrays.sizes[at] <= LARGEST) and not in_pieces(asked)


async def answer_one(view: SelectedView, uid: int, asked: Asked) -> Answer:
    """The line of a message; none when it is gone."""
    planned = plan_whole(asked) if OCTETS in asked.needs else None
    if planned is not None and not planned.reads:
        answer = await _around(view, uid, planned)
        if answer is not None:
            return answer
    needs = frozenset(asked.needs) - NOTHING
    row: MessageRow | None = MessageRow(uid, 0, 0, 0)
    if needs:
        row, others = _kept(view, uid, needs)
        if row is None and not others and planned is not None and planned.reads:
            answer = await _among(view, uid, planned)
            if answer is not None:
                return answer
        row = row or await _read(view, uid, others, needs)
    if row is None:
        return Answer(b"")
    return written(_alone(view, uid), {uid: row}, asked, view.mailbox.keywords)


def _alone(view: SelectedView, uid: int) -> Batch:
    """The batch of one message, or of none when it is gone."""
    arrays = view.mailbox.arrays
    at = arrays.index(uid)
    if at < 0:
        return Batch([], [], [], [], [])
    named = uid if view.unnumbered else view.numbers.of(uid)
    return Batch(
        [named],
        [uid],
        [arrays.flags[at]],
        [arrays.modseqs[at]],
        [arrays.sizes[at]],
        lead(view.session.manner),
    )


def _kept(
    view: SelectedView, uid: int, needs: frozenset[str]
) -> tuple[MessageRow | None, list[int]]:
    """What was read ahead of a message; where nothing was, the UIDs to read with it."""
    mailbox = view.mailbox
    view.course.note(mailbox.arrays.index(uid))
    row = mailbox.ahead.take(mailbox.id, uid, needs)
    return row, [] if row is not None else _following(view)


async def _around(view: SelectedView, uid: int, planned: WholePlan) -> Answer | None:
    """The line of a whole message and of what the view knows.

    None where it is gone or damaged.
    """
    mailbox = view.mailbox
    view.course.note(mailbox.arrays.index(uid))
    row = mailbox.ahead.look(mailbox.id, uid, WHOLE)
    if row is None:
        if others := _following(view):
            row = await _read(view, uid, others, WHOLE)
        else:
            row = await mailbox.read(_whole, mailbox.id, uid)
        if row is not None and row.whole is not None:
            mailbox.ahead.keep(mailbox.id, WHOLE, {uid: row})
    batch = _alone(view, uid)
    if row is None or row.whole is None or not batch.uids:
        return None
    return Answer(around_whole(batch, planned, mailbox.keywords, (b"", row.whole)))


def _following(view: SelectedView) -> list[int]:
    """What to read with the message that is asked for: where its client will ask next."""
    arrays = view.mailbox.arrays
    return [arrays.uids[at] for at in view.course.following(arrays.sizes)]


def _whole(tx: Transaction, mailbox_id: int, uid: int) -> MessageRow | None:
    try:
        found = whole_message(tx, mailbox_id, uid)
    except DamagedBody:
        return None  # it will say so again to who looks at it closely
    return None if found is None else MessageRow(uid, 0, 0, 0, whole=b"".join(found))


async def _among(view: SelectedView, uid: int, planned: WholePlan) -> Answer | None:
    """The line of a whole message and of stored columns, made where it is read.

    None where it is gone.
    """
    mailbox = view.mailbox
    batch = _alone(view, uid)
    if not batch.uids:
        return None
    job = partial(
        from_whole,
        mailbox_id=mailbox.id,
        batch=batch,
        planned=planned,
        keywords=mailbox.keywords,
    )
    answer = await mailbox.read(job)
    return None if answer is None else Answer(*answer)


async def _read(
    view: SelectedView, uid: int, others: list[int], needs: frozenset[str]
) -> MessageRow | None:
    mailbox = view.mailbox
    rows = await mailbox.read(read_expanded, mailbox.id, [uid, *others], needs)
    row = rows.pop(uid, None)
    mailbox.ahead.keep(mailbox.id, needs, rows)
    return row


def read_expanded(
    tx: Transaction, mailbox_id: int, uids: Sequence[int], needs: frozenset[str]
) -> dict[int, MessageRow]:
    """Read messages, and expand them here: that is no work for the reactor thread."""
    rows = read_rows(tx, mailbox_id, uids, needs)
    if OCTETS in needs:
        for row in rows.values():
            try:
                row.octets()
            except DamagedBody:
                continue  # it will say so again to who asks for it
            row.stored = None
    return rows
