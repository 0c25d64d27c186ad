"""A message of RFC 6532 as programs without UTF8 get it: its surrogate (RFC 6857, RFC 6858).

The stored message stays as it is. Headers of the message and of every part in it are downgraded,
and the recipients that a delivery report names; bodies are as they were, in 8 bits where they are.
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto

from mailsuite.errors import NeedsUtf8
from mailsuite.message.downgrading import downgrade_header
from mailsuite.message.tree import LEAF, Entity, walk

Span = tuple[int, int]


class Spelling(Enum):
    """How a client takes header fields."""

    ASCII = auto()  # and surrogates of what is not
    UTF8 = auto()  # as they are stored


REWRITTEN_OCTETS = 256 * 1024  # of headers in UTF-8; one message may not cost more than so much
REPORT_OCTETS = 64 * 1024  # of a delivery report's fields
REPORTS = frozenset((b"delivery-status", b"global-delivery-status"))

_RECIPIENT = re.compile(
    rb"^((?:Original|Final)-Recipient[ \t]*+:[ \t]*+utf-8[ \t]*+;[ \t]*+)([^\r\n]*+)",
    re.IGNORECASE | re.MULTILINE,
)
_OUTSIDE = re.compile(r"[^!-*,\-./-<>-\[\]-~]")  # `+`, `=`, `\` and what is no printable ASCII


def surrogate(octets: bytes) -> bytes:
    """The message for programs that know ASCII; the same object where it is ASCII already.

    Raises:
        NeedsUtf8: more of it is UTF-8 than may be rewritten.
    """
    if octets.isascii():
        return octets
    entities = walk(octets)
    budget, at, made = REWRITTEN_OCTETS, 0, []
    for start, end, is_report in _spans(entities):
        span = octets[start:end]
        if span.isascii():
            continue
        budget -= len(span)
        if budget < 0:
            raise NeedsUtf8
        made += [octets[at:start], _recipients(span) if is_report else downgrade_header(span)]
        at = end
    return b"".join((*made, octets[at:])) if at else octets


def header_spans(rows: Iterable[tuple[int, int, int, int, int]], prefix: int) -> list[Span]:
    """Where the headers of a message stand, from the packed table of the parts of its body.

    `prefix` octets stand before the body, and belong to the message's own header.
    """
    spans = [(start + prefix, body + prefix) for _, _, start, body, _ in rows if body > start]
    return [(0, spans[0][1]), *spans[1:]] if spans and spans[0][0] == prefix else spans


def _spans(entities: Iterable[Entity]) -> Iterator[tuple[int, int, bool]]:
    """What may be rewritten, in the order of its octets, and whether it is a report."""
    for entity in entities:
        if entity.body > entity.start:
            yield entity.start, entity.body, False
        kind = entity.content
        if entity.kind == LEAF and kind.subtype.lower() in REPORTS and entity.end > entity.body:
            yield entity.body, min(entity.end, entity.body + REPORT_OCTETS), True


def _recipients(fields: bytes) -> bytes:
    """Addresses of a report in the form that stands in ASCII (RFC 6857 §3.1.9, RFC 6533 §3)."""
    return _RECIPIENT.sub(lambda found: found[1] + _unitext(found[2]), fields)


def _unitext(address: bytes) -> bytes:
    if address.isascii():
        return address
    text = address.decode("utf-8", "replace")
    return _OUTSIDE.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", text).encode("ascii")
