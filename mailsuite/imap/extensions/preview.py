"""PREVIEW (RFC 8970): the first words of a message, made at delivery."""

import re

from mailsuite.imap.fetch.asked import Named
from mailsuite.imap.fetch.batch import Message
from mailsuite.imap.registry import Cursor, fetch_item, parsed_by
from mailsuite.imap.writing import string

# What is not this is a modifier of FETCH itself.
_LAZY = re.compile(rb" \(LAZY\)", re.IGNORECASE)
PREVIEW = Named(b"PREVIEW")


def _read_modifier(cursor: Cursor) -> Named:
    """Read ` (LAZY)` over: nothing has to be made, so there is nothing to wait for (§4.1)."""
    cursor.match(_LAZY)
    return PREVIEW


@fetch_item(
    b"PREVIEW",
    needs=("preview",),
    capability=b"PREVIEW",
    arguments=parsed_by(_read_modifier),
)
def preview(message: Message, _: Named) -> bytes:
    """At most 200 characters of text; empty where there are none (RFC 8970 §3.2, §3.3)."""
    return string(message.row.preview.encode("utf-8"))
