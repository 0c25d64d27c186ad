"""SAVEDATE (RFC 8514): the FETCH item."""

from mailsuite.imap.fetch.batch import Message
from mailsuite.imap.registry import fetch_item
from mailsuite.imap.writing import date_time


@fetch_item(b"SAVEDATE", needs=("saved_at",), capability=b"SAVEDATE")
def savedate(message: Message) -> bytes:
    """When the message came into this mailbox; NIL where unknown (RFC 8514 §4.2)."""
    saved_at = message.row.saved_at
    return date_time(saved_at) if saved_at else b"NIL"
