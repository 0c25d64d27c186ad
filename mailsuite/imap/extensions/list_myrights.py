"""LIST-MYRIGHTS (RFC 8440): what the account may do in every mailbox listed."""

from mailsuite.imap.extensions.acl import rights_line
from mailsuite.imap.list_options import list_return
from mailsuite.imap.listing import Entry
from mailsuite.imap.registry import State, advertise


def rights(entry: Entry, _nothing: None, name: bytes) -> bytes | None:
    """Return the MYRIGHTS response that follows a mailbox's LIST response (RFC 8440 §3)."""
    return None if entry.row is None else rights_line(name, entry.row.rights)


list_return(b"MYRIGHTS", None, rights)
advertise(b"LIST-MYRIGHTS", states=State.AUTHENTICATED)
