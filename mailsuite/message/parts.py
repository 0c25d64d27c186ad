"""The packed table of a message's parts, and the octets of BODY[…] (RFC 9051 §6.4.5).

A stored message is prefix + blob, and this table is about the blob: whoever answers puts the
prefix (trace fields) before BODY[], BODY[HEADER] and nothing else.
"""

import struct
from collections.abc import Iterable, Sequence
from enum import Enum

from mailsuite.message.tree import MESSAGE, MULTIPART, Entity

_ROW = struct.Struct("<BIIII")  # kind, parent, start, body, end
_NO_PARENT = 0xFFFFFFFF

Span = tuple[int, int]  # octets start:end of the blob
Row = tuple[int, int, int, int, int]


class Kind(Enum):
    """What of a part is asked for."""

    BODY = ""  # BODY[] and BODY[1.2]: the message, a part's body
    HEADER = "HEADER"
    TEXT = "TEXT"
    MIME = "MIME"


def pack(entities: Iterable[Entity]) -> bytes:
    """The table as `message.blob_meta.parts` keeps it: 17 octets a part."""
    return b"".join(
        _ROW.pack(e.kind, e.parent if e.parent >= 0 else _NO_PARENT, e.start, e.body, e.end)
        for e in entities
    )


def rows(parts: bytes) -> list[Row]:
    """Kind, parent, start, body and end of each part, in the order of the message."""
    return list(_ROW.iter_unpack(parts))


def span(parts: bytes, path: Sequence[int], kind: Kind = Kind.BODY) -> Span | None:
    """Where the section lies in the blob; None if there is no such part.

    `path` is empty for the message itself. HEADER and TEXT exist for messages only, MIME for
    parts only.
    """
    table = rows(parts)
    if not path:
        _, _, start, body, end = table[0]
        return {
            Kind.BODY: (start, end),
            Kind.HEADER: (start, body),
            Kind.TEXT: (body, end),
        }.get(kind)
    number = _find(table, path)
    if number is None:
        return None
    if kind in {Kind.HEADER, Kind.TEXT}:
        # Of a message inside this one (§6.4.5: "HEADER, HEADER.FIELDS … refer to message/rfc822").
        if table[number][0] != MESSAGE:
            return None
        _, _, start, body, end = table[number + 1]
        return (start, body) if kind is Kind.HEADER else (body, end)
    _, _, start, body, end = table[number]
    return (start, body) if kind is Kind.MIME else (body, end)


def part(parts: bytes, path: Sequence[int]) -> Row | None:
    """The row of the part that the numbers lead to, None if there is none; () is the message."""
    table = rows(parts)
    number = _find(table, path)
    return None if number is None else table[number]


def section(
    octets: bytes, parts: bytes, path: Sequence[int], kind: Kind = Kind.BODY
) -> bytes | None:
    """The octets of the section, None if there is no such part."""
    found = span(parts, path, kind)
    return None if found is None else octets[found[0] : found[1]]


def _find(table: Sequence[Row], path: Sequence[int]) -> int | None:
    """The part that the numbers lead to (RFC 9051 §6.4.5, the example of part numbers)."""
    number, is_message = 0, True
    for step in path:
        kind = table[number][0]
        if kind == MESSAGE and not is_message:
            number, is_message = number + 1, True
            kind = table[number][0]
        if kind == MULTIPART:
            found = _child(table, number, step)
            if found is None:
                return None
            number, is_message = found, False
        elif is_message and step == 1:
            # A message that is no multipart has one part: its own body.
            is_message = False
        else:
            return None
    return number


def _child(table: Sequence[Row], parent: int, step: int) -> int | None:
    seen = 0
    for number in range(parent + 1, len(table)):
        if table[number][1] == parent:
            seen += 1
            if seen == step:
                return number
    return None
