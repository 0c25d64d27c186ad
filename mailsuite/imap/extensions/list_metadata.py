"""LIST-METADATA (RFC 9590): values of every mailbox listed, in one round trip."""

from collections.abc import Sequence

from mailsuite.imap.elements import list_of, parsed_by
from mailsuite.imap.extensions.metadata import LARGEST_COUNT, entry_name, metadata_line
from mailsuite.imap.list_options import list_return
from mailsuite.imap.listing import Entry
from mailsuite.imap.registry import Bad, Cursor, Session, State, advertise
from mailsuite.store.mailboxes import MailboxRow

Values = dict[int, list[tuple[bytes, bytes | None]]]


def _entries(cursor: Cursor) -> list[bytes]:
    found = list_of(parsed_by(Cursor.astring)).parse(cursor)
    if len(found) > LARGEST_COUNT:
        raise Bad("Too many entries")
    for octets in found:
        entry_name(octets)
    return found


async def read(session: Session, rows: Sequence[MailboxRow], entries: list[bytes]) -> Values:
    """Read the values of all mailboxes at once; one that may not be asked for is left out."""
    names = {octets: entry_name(octets) for octets in entries}
    found = await session.mailboxes.annotations.read_some(rows, list(names.values()))
    return {
        number: [(octets, there.get(name)) for octets, name in names.items()]
        for number, there in found.items()
    }


def values(entry: Entry, found: Values, name: bytes) -> bytes | None:
    """Return the METADATA response that follows a mailbox's LIST response (RFC 9590 §3)."""
    there = None if entry.row is None else found.get(entry.row.id)
    return None if there is None else metadata_line(name, there)


list_return(b"METADATA", parsed_by(_entries), values, read)
advertise(b"LIST-METADATA", states=State.AUTHENTICATED)
