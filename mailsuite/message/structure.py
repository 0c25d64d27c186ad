"""BODY and BODYSTRUCTURE as finished IMAP octets (RFC 3501 §7.4.2, RFC 9051 §7.5.2)."""

import mmap
from collections.abc import Mapping, Sequence

from mailsuite.message.content import Parameters, disposition, token, tokens
from mailsuite.message.envelope import envelope
from mailsuite.message.imap_text import NIL, list_of, nstring, string
from mailsuite.message.tree import LEAF, MESSAGE, MULTIPART, Entity

COUNTED_OCTETS = 256 * 1024  # of a mapped file, which cannot count for itself, at once

Rendered = tuple[bytes, bytes]  # BODY and BODYSTRUCTURE of one part


def body_structure(octets: bytes | mmap.mmap, entities: Sequence[Entity]) -> Rendered:
    """BODY and BODYSTRUCTURE of the message: from its last part up, without recursion."""
    lines = _line_counts(octets, entities)
    inside: list[list[Rendered]] = [[] for _ in entities]
    rendered: Rendered = (b"", b"")
    for number in range(len(entities) - 1, -1, -1):
        entity = entities[number]
        children = inside[number]
        children.reverse()
        if entity.kind == MULTIPART:
            rendered = _multipart(entity, children)
        elif entity.kind == MESSAGE:
            rendered = _message(entity, entities[number + 1], children[0], lines[number])
        else:
            rendered = _leaf(entity, lines.get(number))
        inside[number] = []
        if entity.parent >= 0:
            inside[entity.parent].append(rendered)
    return rendered


def _multipart(entity: Entity, children: list[Rendered]) -> Rendered:
    subtype = string(entity.content.subtype)
    fields = entity.fields
    return (
        b"(%b %b)" % (b"".join(body for body, _ in children), subtype),
        b"(%b %b %b %b)"
        % (
            b"".join(structure for _, structure in children),
            subtype,
            _parameters(entity.content.parameters),
            _extension(fields),
        ),
    )


def _message(entity: Entity, root: Entity, child: Rendered, lines: int) -> Rendered:
    start, end = _basic(entity), _extension(entity.fields, md5=True)
    about = envelope(root.fields)
    body, structure = child
    return (
        b"(%b %b %b %d)" % (start, about, body, lines),
        b"(%b %b %b %d %b)" % (start, about, structure, lines, end),
    )


def _leaf(entity: Entity, lines: int | None) -> Rendered:
    start = _basic(entity)
    if lines is not None:
        start = b"%b %d" % (start, lines)
    return b"(%b)" % start, b"(%b %b)" % (start, _extension(entity.fields, md5=True))


def _basic(entity: Entity) -> bytes:
    """Type, subtype, parameters, id, description, encoding, size: `body-fields` and before."""
    content, get = entity.content, entity.fields.get
    return b"%b %b %b %b %b %b %d" % (
        string(content.type),
        string(content.subtype),
        _parameters(content.parameters),
        nstring(get(b"content-id")),
        nstring(get(b"content-description")),
        string(token(get(b"content-transfer-encoding", b"")) or b"7bit"),
        entity.end - entity.body,
    )


def _extension(fields: Mapping[bytes, bytes], *, md5: bool = False) -> bytes:
    """The extension data that BODY leaves out; all of it, MD5 for single parts only."""
    found = disposition(fields.get(b"content-disposition", b""))
    items = [
        NIL if found is None else b"(%b %b)" % (string(found[0]), _parameters(found[1])),
        list_of(map(string, tokens(fields.get(b"content-language", b"")))),
        nstring(fields.get(b"content-location")),
    ]
    if md5:
        items.insert(0, nstring(fields.get(b"content-md5")))
    return b" ".join(items)


def _parameters(parameters: Parameters) -> bytes:
    return list_of(string(text) for pair in parameters for text in pair)


def _line_counts(octets: bytes | mmap.mmap, entities: Sequence[Entity]) -> dict[int, int]:
    """Lines of each text and each message, by its number. Each octet is counted once."""
    counted = {
        number: entity
        for number, entity in enumerate(entities)
        if entity.kind == MESSAGE
        or (entity.kind == LEAF and entity.content.type.lower() == b"text")
    }
    edges = sorted({edge for entity in counted.values() for edge in (entity.body, entity.end)})
    before = {}
    total, last = 0, 0
    for edge in edges:
        total += _newlines(octets, last, edge)
        before[edge], last = total, edge
    return {n: before[entity.end] - before[entity.body] for n, entity in counted.items()}


def _newlines(octets: bytes | mmap.mmap, start: int, end: int) -> int:
    if isinstance(octets, bytes):
        return octets.count(b"\n", start, end)
    steps = range(start, end, COUNTED_OCTETS)
    return sum(octets[at : min(at + COUNTED_OCTETS, end)].count(b"\n") for at in steps)
