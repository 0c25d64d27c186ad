"""The decoded text of a message, as SEARCH looks through it (RFC 3501 §6.4.4)."""

import binascii
import html
import re
from collections.abc import Iterator

from mailsuite.message.charsets import decode
from mailsuite.message.content import token
from mailsuite.message.header import fields, unfold
from mailsuite.message.tree import LEAF, MESSAGE, Entity, walk
from mailsuite.message.words import decode_words, unbase64

VERSION = 1  # of what is found here: raise it, and the search index is made anew

PAGE_CHARACTERS = 1024 * 1024  # of an HTML part whose words are looked for (threat M12)

# What is not closed runs to the end, and what runs to the end is looked at once.
_HIDDEN = re.compile(r"<(style|script)\b[^<>]*>.*?(?=</\1\b|\Z)", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# What ends a line or a cell on the page separates words; a tag inside a line does not.
_BLOCK = re.compile(
    r"</?(?:address|article|blockquote|br|center|dd|div|dl|dt|form|h[1-6]|hr|li|ol|option|p|pre"
    r"|table|tbody|td|th|title|tr|ul)\b[^<>]*+>?",
    re.IGNORECASE,
)
# No character has so high a number, and `int` raises at one of 4,300 digits (threat W15).
_NO_CHARACTER = re.compile(r"&#[0-9]{16,}+;?")
_TAG = re.compile(r"</?[a-z!?][^<>]*+>?", re.IGNORECASE)


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

    An HTML part comes twice: as it is written, and then as it is read. `octets` is the message
    without the trace fields of its delivery. Parts that are no text (images, archives) hold
    nothing that somebody would search for.
    """
    entities = walk(octets)
    for entity in entities:
        if entity.parent >= 0 and entities[entity.parent].kind == MESSAGE:
            yield header_text(octets[entity.start : entity.body])
        if entity.kind == LEAF and entity.content.type.lower() == b"text":
            text = part_text(octets, entity)
            yield text
            if entity.content.subtype.lower() == b"html":
                yield page_text(text)


def page_text(page: str) -> str:
    """The words of an HTML page as its reader sees them, white space as one space. Linear."""
    page = _COMMENT.sub(" ", page[:PAGE_CHARACTERS])
    page = _TAG.sub("", _BLOCK.sub(" ", _HIDDEN.sub(" ", page)))
    return " ".join(unescaped(page).split())


def unescaped(page: str) -> str:
    """Character references as the characters that they stand for. Linear; never raises."""
    return html.unescape(_NO_CHARACTER.sub("\ufffd", page))


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
