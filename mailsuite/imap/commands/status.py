"""STATUS (RFC 3501 §6.3.10): one row read, whatever the mailbox holds."""

from collections.abc import Sequence

from mailsuite.imap.elements import list_of, parsed_by
from mailsuite.imap.listing import status_line
from mailsuite.imap.registry import MAILBOX, Bad, Cursor, Done, Session, State, command, status_item
from mailsuite.imap.tables import STATUS_ITEMS, StatusItem
from mailsuite.store.mailboxes import MailboxRow


def _item(cursor: Cursor) -> StatusItem:
    item = STATUS_ITEMS.get(cursor.word())
    if item is None:
        raise Bad("Unknown STATUS item")
    return item


DELETED_STORAGE = b"DELETED-STORAGE"
ITEMS = list_of(parsed_by(_item))


@command(b"STATUS", MAILBOX, ITEMS, states=State.AUTHENTICATED)
async def status(session: Session, name: str, items: list[StatusItem]) -> Done:
    """Tell a mailbox's counters without selecting it (RFC 3501 §6.3.10)."""
    row = await session.mailboxes.status(name)
    for item in items:
        if item.enabling is not None:
            item.enabling(session)
    items = [item.of(session) for item in items]
    (row,) = await weighed(session, [row], items)
    session.untagged(status_line(session.spelled(row.name), row, items))
    return Done()


async def weighed(
    session: Session, rows: Sequence[MailboxRow], items: Sequence[StatusItem]
) -> Sequence[MailboxRow]:
    """The rows, with what their deleted messages weigh if an item asks for it."""
    if all(item.name != DELETED_STORAGE for item in items):
        return rows
    return await session.mailboxes.weighed(rows)


@status_item(b"MESSAGES")
def messages(row: MailboxRow) -> int:
    """How many messages there are (RFC 3501 §6.3.10)."""
    return row.messages


@status_item(b"RECENT")
def recent(row: MailboxRow) -> int:
    r"""Always 0: `\Recent` is never set (RFC 9051 has dropped it)."""
    del row
    return 0


@status_item(b"UIDNEXT")
def uidnext(row: MailboxRow) -> int:
    """The UID that the next message gets, or less (RFC 3501 §2.3.1.1)."""
    return row.uidnext


@status_item(b"UIDVALIDITY")
def uidvalidity(row: MailboxRow) -> int:
    """What makes UIDs valid (RFC 3501 §2.3.1.1)."""
    return row.uidvalidity


@status_item(b"UNSEEN")
def unseen(row: MailboxRow) -> int:
    r"""How many messages lack `\Seen` (RFC 3501 §6.3.10)."""
    return row.unseen


@status_item(b"DELETED")
def deleted(row: MailboxRow) -> int:
    r"""How many messages have `\Deleted` (RFC 9051 §6.3.11, RFC 9208 §4.1.4)."""
    return row.deleted


@status_item(DELETED_STORAGE)
def deleted_storage(row: MailboxRow) -> int:
    r"""What the messages with `\Deleted` take, in octets (RFC 9208 §4.1.4)."""
    return row.deleted_octets
