"""The first words of a message, as lists of mail show them (RFC 8970 §3.1)."""

import binascii
import mmap
import re
from collections.abc import Sequence

from mailsuite.message.charsets import decode
from mailsuite.message.content import token
from mailsuite.message.text import unescaped
from mailsuite.message.tree import LEAF, Entity
from mailsuite.message.words import unbase64

CHARACTERS = 200  # RFC 8970 §3.1 recommends it, and allows 256
TEXT_OCTETS = 2 * 1024  # of a plain text that are looked at
HTML_OCTETS = 16 * 1024  # of a page: style sheets come first

_HIDDEN = re.compile(
    r"<(style|script|head|title)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<[^<>]*(?:>|\Z)", re.DOTALL)
# What shows nothing, or turns what follows around: controls, format characters, odd spaces.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u034f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
)


def preview(octets: bytes | mmap.mmap, entities: Sequence[Entity]) -> str:
    """At most `CHARACTERS` of the first text; empty if there is none. Bounded; never raises."""
    texts = [e for e in entities if e.kind == LEAF and e.content.type.lower() == b"text"]
    shown = next((e for e in texts if e.content.subtype.lower() == b"plain"), None)
    for entity in (shown, *(e for e in texts[:3] if e is not shown)):
        if entity is not None and (words := _words(octets, entity)):
            return words
    return ""


def _words(octets: bytes | mmap.mmap, entity: Entity) -> str:
    is_page = entity.content.subtype.lower() == b"html"
    most = HTML_OCTETS if is_page else TEXT_OCTETS
    body = octets[entity.body : min(entity.end, entity.body + most)]
    encoding = (token(entity.fields.get(b"content-transfer-encoding", b"")) or b"").lower()
    if encoding == b"base64":
        body = unbase64(body)
    elif encoding == b"quoted-printable":
        body = binascii.a2b_qp(body)
    charset = (entity.content.parameter(b"charset") or b"").decode("latin-1")
    text = decode(body, charset)
    if is_page:
        # Layout by tables leaves little text in much white space.
        text = " ".join(unescaped(_TAG.sub(" ", _HIDDEN.sub(" ", text))).split())
    return clean(text, CHARACTERS)


def clean(text: str, characters: int) -> str:
    """One line for people: controls and runs of white space become a space; cut to length."""
    line = " ".join(text[: characters * 4].split())
    if not line.isprintable():
        line = " ".join(_UNSEEN.sub(" ", line).split())
    return line[:characters].rstrip("\ufffd ")
