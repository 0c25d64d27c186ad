"""STATUS=SIZE (RFC 8438)."""

from mailsuite.imap.registry import status_item
from mailsuite.store.mailboxes import MailboxRow


@status_item(b"SIZE", capability=b"STATUS=SIZE")
def size(row: MailboxRow) -> int:
    """The sum of RFC822.SIZE of its messages, in octets (RFC 8438 §3)."""
    return row.octets
