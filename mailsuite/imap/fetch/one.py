"""FETCH of one message, as programs send it that ask message by message (mbsync, imaplib).

The messages that come next are read with it and kept (`mailbox.ahead`), so that most of such
commands are answered without a trip to a reader thread.
"""

from collections.abc import Sequence

from mailsuite.errors import DamagedBody
from mailsuite.imap.fetch.answer import Answer, in_pieces, written
from mailsuite.imap.fetch.asked import Asked
from mailsuite.imap.fetch.batch import Batch
from mailsuite.imap.telling import lead
from mailsuite.imap.view import SelectedView
from mailsuite.mailbox.ahead import LARGEST
from mailsuite.store.placements_read import ARRAYS, OCTETS, MessageRow, read_rows
from mailsuite.store.transaction import Transaction

NOTHING = ARRAYS | {"seen"}  # needs that cost no read


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
    needs = frozenset(asked.needs) - NOTHING
    mailbox = view.mailbox
    row = await _row(view, uid, needs) if needs else MessageRow(uid, 0, 0, 0)
    arrays = mailbox.arrays
    at = arrays.index(uid)
    if row is None or at < 0:
        return Answer(b"")
    named = uid if view.unnumbered else view.numbers.of(uid)
    batch = Batch(
        [named],
        [uid],
        [arrays.flags[at]],
        [arrays.modseqs[at]],
        [arrays.sizes[at]],
        lead(view.session.manner),
    )
    return written(batch, {uid: row}, asked, mailbox.keywords)


async def _row(view: SelectedView, uid: int, needs: frozenset[str]) -> MessageRow | None:
    mailbox, course = view.mailbox, view.course
    course.note(mailbox.arrays.index(uid))
    row = mailbox.ahead.take(mailbox.id, uid, needs)
    if row is None:
        others = course.following(mailbox.arrays.sizes)
        uids = [uid, *[mailbox.arrays.uids[at] for at in others]]
        rows = await mailbox.read(read_expanded, mailbox.id, uids, needs)
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
