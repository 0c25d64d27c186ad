"""LIST-STATUS (RFC 5819): the counters of every mailbox listed, in one round trip."""

from collections.abc import Sequence

from mailsuite.imap.commands.status import ITEMS, weighed
from mailsuite.imap.list_options import list_return
from mailsuite.imap.listing import Entry, status_line
from mailsuite.imap.registry import Session, State, advertise
from mailsuite.imap.tables import StatusItem
from mailsuite.store.mailboxes import MailboxRow
from mailsuite.store.rights import ALL, Right

Asked = tuple[list[StatusItem], dict[int, MailboxRow]]


async def read(session: Session, rows: Sequence[MailboxRow], items: list[StatusItem]) -> Asked:
    """Read what stands in no counter; a mailbox that may not be read is left out."""
    for item in items:
        if item.enabling is not None:
            item.enabling(session)
    items = [item.of(session) for item in items]
    readable = [row for row in rows if row.rights is ALL or Right.READ in row.rights]
    return items, {row.id: row for row in await weighed(session, readable, items)}


def counters(entry: Entry, asked: Asked, name: bytes) -> bytes | None:
    """Return the STATUS response that follows a mailbox's LIST response (RFC 5819 §2)."""
    items, rows = asked
    row = None if entry.row is None else rows.get(entry.row.id)
    return None if row is None else status_line(name, row, items)


list_return(b"STATUS", ITEMS, counters, read)
advertise(b"LIST-STATUS", states=State.AUTHENTICATED)
