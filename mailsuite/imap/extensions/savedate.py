"""SAVEDATE (RFC 8514): the FETCH item and the search keys."""

from mailsuite.imap.fetch.batch import Message
from mailsuite.imap.registry import fetch_item
from mailsuite.imap.searching.keys import BEFORE, DATE, ON, SINCE, all_messages, dated
from mailsuite.imap.searching.program import search_key
from mailsuite.imap.writing import date_time


@fetch_item(b"SAVEDATE", needs=("saved_at",), capability=b"SAVEDATE")
def savedate(message: Message) -> bytes:
    """When the message came into this mailbox; NIL where unknown (RFC 8514 §4.2)."""
    saved_at = message.row.saved_at
    return date_time(saved_at) if saved_at else b"NIL"


for _name, _days in ((b"SAVEDBEFORE", BEFORE), (b"SAVEDON", ON), (b"SAVEDSINCE", SINCE)):
    search_key(_name, DATE)(
        dated("saved_dates", _days, "The day on which it came into the mailbox (RFC 8514 §4.3).")
    )

# Every mailbox of ours knows its save dates (RFC 8514 §4.3).
search_key(b"SAVEDATESUPPORTED")(all_messages)
