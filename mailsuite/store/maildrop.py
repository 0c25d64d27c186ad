"""An account's INBOX as one list, for POP3 (RFC 1939 §3)."""

import contextlib
from array import array
from collections.abc import Callable, Sequence

from attrs import frozen
from sqlalchemy import bindparam, select

from mailsuite.errors import DamagedBody, NeedsUtf8
from mailsuite.message.parts import Row, rows
from mailsuite.message.scan import VERSION
from mailsuite.store.blobs import read_headers, read_messages, read_octets
from mailsuite.store.mailboxes import INBOX, find_mailbox
from mailsuite.store.placements import spans_of
from mailsuite.store.placements_expunge import expunge_messages
from mailsuite.store.rescanning import renewed
from mailsuite.store.schema import blob_meta, message, placement
from mailsuite.store.transaction import Transaction

LIST = (
    select(placement.c.uid, placement.c.message_id, placement.c.size, placement.c.uidl)
    .where(placement.c.mailbox_id == bindparam("mailbox_id"))
    .order_by(placement.c.uid)
)
PARTS = (
    select(message.c.prefix, message.c.blob_id, blob_meta.c.version, blob_meta.c.parts)
    .select_from(message.join(blob_meta, blob_meta.c.id == message.c.blob_id))
    .where(message.c.id == bindparam("id"))
)
PIECE = 64 * 1024

Presents = Callable[[bytes], bytes]  # a message, or its header, as its reader wants it


def as_stored(octets: bytes) -> bytes:
    """A message as it is."""
    return octets


@frozen
class Listed:
    """What a maildrop holds at one moment, in the order of UIDs; 32 octets a message."""

    mailbox_id: int
    uids: "array[int]"
    message_ids: "array[int]"
    sizes: "array[int]"  # RFC822.SIZE
    uidls: "array[int]"  # never changes, survives a restore


def list_maildrop(tx: Transaction, account_id: int) -> Listed:
    """Every message of the account's INBOX, in one query.

    Raises:
        NoSuchMailbox: the account has no INBOX (any more).
    """
    mailbox_id = find_mailbox(tx, account_id, INBOX).id
    listed = Listed(mailbox_id, array("q"), array("q"), array("q"), array("q"))
    columns = (listed.uids, listed.message_ids, listed.sizes, listed.uidls)
    for chunk in tx.execute(LIST, {"mailbox_id": mailbox_id}).chunks():
        for column, values in zip(columns, zip(*chunk, strict=True), strict=True):
            column.extend(values)
    return listed


def remove_listed(tx: Transaction, mailbox_id: int, uids: Sequence[int]) -> int:
    """Remove messages, all in this transaction or none (RFC 1939 §6); returns how many.

    Those that another session has expunged meanwhile are gone already, and no error.

    Raises:
        NoSuchMailbox: the account was removed.
    """
    return len(expunge_messages(tx, mailbox_id, spans_of(uids), 0).uids)


def read_some(
    tx: Transaction, wanted: int, along: Sequence[int], presents: Presents = as_stored
) -> dict[int, bytes]:
    """The message that is wanted, and others that will be next, by id.

    Those that are gone are left out; of the others, those that are damaged too.

    Raises:
        DamagedBody: the wanted one is not what was stored.
        NeedsUtf8: it cannot be presented so.
    """
    found = read_messages(tx, [wanted, *along])
    octets = {wanted: presents(found.pop(wanted).octets())} if wanted in found else {}
    for number, stored in found.items():
        with contextlib.suppress(DamagedBody, NeedsUtf8):
            octets[number] = presents(stored.octets())
    return octets


def read_parts(tx: Transaction, message_id: int) -> tuple[int, list[Row]]:
    """Octets of the message's prefix, and the parts of its body; none when it is gone."""
    for prefix, blob_id, version, packed in tx.execute(PARTS, {"id": message_id}).tuples():
        parts = packed if version >= VERSION else renewed(tx, blob_id).get("parts", b"")
        return len(prefix), rows(bytes(parts))
    return 0, []


def read_head(tx: Transaction, message_id: int, presents: Presents = as_stored) -> bytes | None:
    """The header with its empty line; None where it is damaged. Raises `NeedsUtf8`."""
    head = read_headers(tx, [message_id]).get(message_id)
    return None if head is None else presents(head)


def read_top(tx: Transaction, message_id: int, lines: int, presents: Presents = as_stored) -> bytes:
    """The header, its empty line, and so many lines of the body (RFC 1939 §7, TOP).

    The lines are those of what is presented (RFC 6858 §4).

    Raises:
        NoSuchThing: it is gone.
        DamagedBody: it is not what was stored.
        NeedsUtf8: it cannot be presented so.
    """
    head = read_head(tx, message_id, presents)
    if head is not None and lines == 0:
        return head
    octets = presents(read_octets(tx, message_id))
    start = octets.find(b"\r\n\r\n") + 4 if head is None else len(head)
    return octets[: end_of_lines(octets, max(start, 4), lines)]


def end_of_lines(octets: bytes, start: int, lines: int) -> int:
    """Where the `lines`-th line after `start` ends: most is counted, little is walked."""
    at = start
    while at < len(octets):
        count = octets.count(b"\n", at, at + PIECE)
        if count >= lines:
            break
        lines -= count
        at += PIECE
    for _ in range(lines):
        end = octets.find(b"\n", at)
        if end < 0:
            return len(octets)
        at = end + 1
    return min(at, len(octets))
