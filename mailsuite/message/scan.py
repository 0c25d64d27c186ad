"""One pass over a message at delivery: all that anybody will ask about its structure.

Nothing parses MIME after this. What is scanned is the blob, without the trace fields of one
delivery (`mailsuite.message.parts`).
"""

import mmap
import re

from attrs import define

from mailsuite.message import parts
from mailsuite.message.common_fields import common_fields
from mailsuite.message.dates import parse_date
from mailsuite.message.envelope import envelope
from mailsuite.message.preview import clean, preview
from mailsuite.message.structure import body_structure
from mailsuite.message.tree import DEPTH, PARTS, walk
from mailsuite.message.words import decode_words

VERSION = 2  # stored with what was found: raise it, and older rows are scanned again

SUBJECT_OCTETS, SUBJECT_CHARACTERS = 8 * 1024, 1_000
MESSAGE_ID_CHARACTERS = 255

_MESSAGE_ID = re.compile(rb"<([^<>\s]{1,255})>")


@define  # not frozen: one is made for every message
class Structure:
    """What the scanner found."""

    envelope: bytes  # finished IMAP octets, valid in rev1 and rev2
    body: bytes  # BODY
    bodystructure: bytes
    parts: bytes  # packed offsets, `mailsuite.message.parts`
    header: bytes  # the header block with its blank line
    sent_at: int  # Date:, seconds UTC; 0 if unreadable: the arrival counts then
    subject: str  # decoded, one line, bounded
    message_id: str  # without its brackets, bounded; empty if there is none
    preview: str
    fields: bytes  # the header's common fields, `mailsuite.message.common_fields`


def scan(
    octets: bytes | bytearray | memoryview | mmap.mmap,
    *,
    mime_depth: int = DEPTH,
    mime_parts: int = PARTS,
) -> Structure:
    """Find the structure of a message (CRLF line ends). Linear, bounded, never raises.

    For a real message of 5 KB about 0.1 ms; large ones belong into a pool.
    """
    if not isinstance(octets, mmap.mmap):
        octets = bytes(octets)  # no copy of what is bytes already
    entities = walk(octets, depth=mime_depth, parts=mime_parts)
    root = entities[0]
    fields = root.fields
    body, structure = body_structure(octets, entities)
    header = octets[: root.body]
    date = parse_date(fields.get(b"date", b""))
    return Structure(
        envelope=envelope(fields),
        body=body,
        bodystructure=structure,
        parts=parts.pack(entities),
        header=header,
        sent_at=0 if date is None else date.unix,
        subject=clean(
            decode_words(fields.get(b"subject", b"")[:SUBJECT_OCTETS]), SUBJECT_CHARACTERS
        ),
        message_id=_message_id(fields.get(b"message-id", b"")),
        preview=preview(octets, entities),
        fields=common_fields(header),
    )


def _message_id(value: bytes) -> str:
    found = _MESSAGE_ID.search(value[:1024])
    octets = found[1] if found else value[:MESSAGE_ID_CHARACTERS]
    return clean(octets.decode("utf-8", "replace"), MESSAGE_ID_CHARACTERS)
