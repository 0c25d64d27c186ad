r"""SPECIAL-USE (RFC 6154): `\Sent` and its like; they stand in plain LIST too."""

from mailsuite.imap.list_options import list_return, list_selection
from mailsuite.imap.listing import Entry
from mailsuite.imap.registry import State, advertise


def has_use(entry: Entry) -> bool:
    """Say whether it is a mailbox with a special use (RFC 6154 §2)."""
    return entry.row is not None and bool(entry.row.special_use)


list_selection(b"SPECIAL-USE", has_use)
list_return(b"SPECIAL-USE")
advertise(b"SPECIAL-USE", states=State.AUTHENTICATED)
