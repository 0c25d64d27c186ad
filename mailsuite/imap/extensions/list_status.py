"""LIST-STATUS (RFC 5819): the counters of every mailbox listed, in one round trip."""

from mailsuite.imap.commands.status import ITEMS
from mailsuite.imap.listing import Entry, status_line
from mailsuite.imap.registry import State, advertise
from mailsuite.imap.tables import StatusItem, list_return


def counters(entry: Entry, items: list[StatusItem]) -> bytes | None:
    """Return the STATUS response that follows a mailbox's LIST response (RFC 5819 §2)."""
    return None if entry.row is None else status_line(entry.row, items)


list_return(b"STATUS", ITEMS, counters)
advertise(b"LIST-STATUS", states=State.AUTHENTICATED)
