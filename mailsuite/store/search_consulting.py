"""What the search index knows of some messages of a mailbox, for a search that looks at them."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TypeVar

from mailsuite.errors import NoSuchMailbox
from mailsuite.message.searchable import Searchable
from mailsuite.store.mailboxes import MailboxRow, read_mailbox
from mailsuite.store.search_columns import Ids
from mailsuite.store.search_file import (
    Damaged,
    NotNow,
    Probe,
    SearchFile,
    ask_for,
    epoch_of,
    open_to_read,
)
from mailsuite.store.transaction import Transaction

MOST_PROBES = 64  # of one search: those beyond are looked at in the messages
SPARSE = 8  # of so many messages one: then each is looked up, else all are compared
TAIL = 200  # messages that came lately are looked at quickly: nobody is hurried for them

T = TypeVar("T")
Marks = tuple[bytes, bytes]  # surely, surely not: an octet, 0 or 1, for each message


def consult(
    tx: Transaction,
    mailbox_id: int,
    uids: "array[int]",
    message_ids: "array[int]",
    probes: Sequence[Probe],
    *,
    enough: Callable[[], bool],
) -> list[Marks | None] | None:
    """For each probe what is known of the messages, or None: nothing. None: there is no index.

    Raises:
        Interrupted: `enough` said so.
    """

    def look(file: SearchFile, row: MailboxRow) -> list[Marks | None]:
        # First how far it goes, then what is in it: it may grow in between.
        upto = file.upto(mailbox_id, row.uidvalidity)
        if len(uids) > TAIL and uids[-TAIL] > upto:
            ask_for(tx.large.root.parent, row.account_id)
        return _look_up(file, upto, uids, message_ids, probes)

    return _asked(tx, mailbox_id, enough, look)


def read_letters(
    tx: Transaction, mailbox_id: int, message_ids: Sequence[int], *, enough: Callable[[], bool]
) -> dict[int, Searchable]:
    """Those of the messages that the index keeps whole, by id. Raises as `consult`."""
    return _asked(tx, mailbox_id, enough, lambda file, _: file.letters(message_ids)) or {}


def _asked(
    tx: Transaction,
    mailbox_id: int,
    enough: Callable[[], bool],
    look: Callable[[SearchFile, MailboxRow], T],
) -> T | None:
    """What the file of the mailbox's account says.

    One that is missing or damaged costs the search time, and is asked for.
    """
    data_dir = tx.large.root.parent  # large bodies lie beside the indexes
    try:
        row = read_mailbox(tx, mailbox_id)
    except NoSuchMailbox:
        return None
    try:
        file = open_to_read(data_dir, row.account_id, epoch_of(tx), enough)
        if file is not None:
            with file:
                return look(file, row)
        ask_for(data_dir, row.account_id)
    except Damaged:
        ask_for(data_dir, row.account_id, anew=True)
    except NotNow:
        ask_for(data_dir, row.account_id)
    return None


def _look_up(
    file: SearchFile,
    upto: int,
    uids: "array[int]",
    message_ids: "array[int]",
    probes: Sequence[Probe],
) -> list[Marks | None]:
    indexed = int.from_bytes(b"\1" * bisect_right(uids, upto), "little")
    unindexed = file.unindexed()
    if unindexed:
        indexed &= ~int.from_bytes(_marks(unindexed, message_ids), "little")
    found: list[Marks | None] = []
    for probe in probes[:MOST_PROBES]:
        ids = file.find(probe) if indexed else None
        if ids is None:
            found.append(None)
            continue
        there = int.from_bytes(_marks(ids, message_ids), "little") & indexed
        count = len(uids)
        sure = there if probe.final else 0
        found.append((sure.to_bytes(count, "little"), (indexed ^ there).to_bytes(count, "little")))
    return found + [None] * (len(probes) - len(found))


def _marks(ids: set[int], message_ids: "array[int]") -> bytes:
    """Which of the messages these are."""
    count = len(message_ids)
    if not isinstance(message_ids, Ids) or len(ids) * SPARSE > count or not message_ids.rising:
        return bytes(map(ids.__contains__, message_ids))
    marks = bytearray(count)
    for number in ids:
        place = bisect_left(message_ids, number)
        if place < count and message_ids[place] == number:
            marks[place] = 1
    return bytes(marks)
