"""The decoded text of a message, as SEARCH looks through it (RFC 3501 §6.4.4)."""

import binascii
from collections.abc import Iterator

from mailsuite.message.charsets import decode
from mailsuite.message.content import token
from mailsuite.message.header import fields, unfold
from mailsuite.message.tree import LEAF, MESSAGE, Entity, walk
from mailsuite.message.words import decode_words, unbase64


def header_text(header: bytes) -> str:
    """A header block as people read it: unfolded, encoded words decoded, a field a line."""
    return "\n".join(
        f"{name.decode('latin-1')}: {decode_words(unfold(value))}" for name, value in fields(header)
    )


def field_texts(header: bytes, name: bytes) -> Iterator[str]:
    """The decoded values of all fields of that name (lower case)."""
    for found, value in fields(header):
        if found == name:
            yield decode_words(unfold(value))


def body_texts(octets: bytes) -> Iterator[str]:
    """The decoded text parts, and the headers of messages inside, one after another.

    `octets` is the message without the trace fields of its delivery. Parts that are no text
    (images, archives) hold nothing that somebody would search for.
    """
    entities = walk(octets)
    for entity in entities:
        if entity.parent >= 0 and entities[entity.parent].kind == MESSAGE:
            yield header_text(octets[entity.start : entity.body])
        if entity.kind == LEAF and entity.content.type.lower() == b"text":
            yield part_text(octets, entity)


def part_text(octets: bytes, entity: Entity) -> str:
    """One text part: its transfer encoding and its charset decoded. Never raises."""
    body = octets[entity.body : entity.end]
    encoding = (token(entity.fields.get(b"content-transfer-encoding", b"")) or b"").lower()
    if encoding == b"base64":
        body = unbase64(body)
    elif encoding == b"quoted-printable":
        body = binascii.a2b_qp(body)
    charset = (entity.content.parameter(b"charset") or b"").decode("latin-1")
    return decode(body, charset)
