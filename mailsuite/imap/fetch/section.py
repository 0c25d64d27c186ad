"""BODY[section]<partial>: its grammar (RFC 3501 §6.4.5), its name in the answer, its octets."""

import re

from attrs import field, frozen

from mailsuite.imap.answers import Bad
from mailsuite.imap.grammar import Cursor, read_number
from mailsuite.message.header import omit_fields, select_fields
from mailsuite.message.parts import Kind, span
from mailsuite.store.placements_read import MessageRow

# The group is not possessive: before Python 3.11.5 one that fails half-way eats what it tried.
_PART = re.compile(rb"[0-9]++(?:\.[0-9]++)*")
_TEXT = re.compile(rb"HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME", re.IGNORECASE)
_PARTIAL = re.compile(rb"<([0-9]+)\.([0-9]+)>")
LARGEST_DEPTH = 100  # numbers in a part; a message has no more levels (`mime_depth`)
LARGEST_FIELDS = 1_000


@frozen
class Section:
    """What of a message is asked for.

    Attributes:
        label: the item's name in the answer.
        fields: of HEADER.FIELDS; with `but` those that are left out.
        partial: first octet and how many at most.
    """

    label: bytes
    path: tuple[int, ...] = ()
    kind: Kind = Kind.BODY
    fields: tuple[bytes, ...] = field(factory=tuple)
    but: bool = False
    partial: tuple[int, int] | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """What of the store it reads: of the whole header, no body."""
        if not self.path and self.kind is Kind.HEADER:
            return ("header",)
        return ("parts", "octets")

    @property
    def is_range(self) -> bool:
        """Whether it is a range of the message as it is stored."""
        return not self.fields and self.partial is None

    def bounds(self, message: MessageRow, size: int) -> tuple[int, int] | None:
        """Where it lies in a message of so many octets; None if there is no such part.

        Only for a section without `fields` and `partial`.
        """
        if not self.path and self.kind is Kind.BODY:
            return 0, size
        found = span(message.parts, self.path, self.kind)
        if found is None:
            return None
        before = len(message.prefix)  # the parts are those of the blob
        return before + found[0], before + found[1]

    def octets(self, message: MessageRow) -> bytes | None:
        """The octets asked for; None if there is no such part. Raises `DamagedBody`."""
        found = self._whole(message)
        if found is None:
            return None
        found = self.chosen(found)
        if self.partial is not None:
            first, count = self.partial
            found = found[first : first + count]
        return found

    def chosen(self, header: bytes) -> bytes:
        """The fields that are asked for of a header block; all of it if none are named."""
        if not self.fields:
            return header
        return (omit_fields if self.but else select_fields)(header, self.fields)

    def _whole(self, message: MessageRow) -> bytes | None:
        if not self.path and self.kind is Kind.HEADER:
            return message.header
        whole = message.octets()
        found = self.bounds(message, len(whole))
        return None if found is None else whole[found[0] : found[1]]


def value(section: Section, message: MessageRow) -> bytes:
    """The section as the answer shows it: a literal, or NIL."""
    octets = section.octets(message)
    return b"NIL" if octets is None else b"{%d}\r\n%b" % (len(octets), octets)


def read_section(cursor: Cursor) -> Section:
    """Read `[section]<partial>`; what the answer is called is made of it.

    Raises:
        Bad: it is none.
    """
    cursor.expect(b"[")
    fields: tuple[bytes, ...] = ()
    kind, but = Kind.BODY, False
    name, path = read_part(cursor)
    if path:
        if cursor.skip(b"."):
            name += b"."
        elif not cursor.sees(b"]"):
            raise Bad("Expected ] after the part")
    if not path or name.endswith(b"."):
        text = cursor.match(_TEXT)
        if text is not None:
            word = text.group().upper()
            name += word
            kind = Kind.HEADER if word.startswith(b"HEADER") else Kind(word.decode("ascii"))
            if word.startswith(b"HEADER.FIELDS"):
                fields, but = _fields(cursor), word.endswith(b"NOT")
                name += b" (" + b" ".join(fields) + b")"
        elif path:
            raise Bad("Expected a part of a message after the dot")
    if kind is Kind.MIME and not path:
        raise Bad("MIME needs a part")
    cursor.expect(b"]")
    partial = read_partial(cursor)
    label = b"BODY[%b]" % name
    if partial is not None:
        label += b"<%d>" % partial[0]
    return Section(label, path, kind, fields, but, partial)


def read_part(cursor: Cursor) -> tuple[bytes, tuple[int, ...]]:
    """Read the numbers of a part, if they are there: as written, and as numbers.

    Raises:
        Bad: no message has such a part.
    """
    found = cursor.match(_PART)
    return (b"", ()) if found is None else (found.group(), _path(found.group()))


def _path(octets: bytes) -> tuple[int, ...]:
    steps = octets.split(b".")
    if len(steps) > LARGEST_DEPTH or any(step[0] == 0x30 for step in steps):
        raise Bad("No such part")
    return tuple(read_number(step) for step in steps)


def _fields(cursor: Cursor) -> tuple[bytes, ...]:
    cursor.space()
    cursor.enter()
    names = [_field(cursor)]
    while not cursor.leave():
        cursor.space()
        names.append(_field(cursor))
        if len(names) > LARGEST_FIELDS:
            raise Bad("Too many fields")
    return tuple(names)


def _field(cursor: Cursor) -> bytes:
    name = cursor.astring()
    # It goes into our answer: what is no field name could break that out of its frame.
    if not name or any(not 33 <= octet <= 126 or octet in b'(){}":\\]' for octet in name):
        raise Bad("No field name")
    return name


def read_partial(cursor: Cursor) -> tuple[int, int] | None:
    """Read `<first.count>` if it is there.

    Raises:
        Bad: it is none, or the count is zero.
    """
    found = cursor.match(_PARTIAL)
    if found is None:
        if cursor.sees(b"<"):
            raise Bad("Expected <first.count>")
        return None
    first, count = read_number(found.group(1)), read_number(found.group(2))
    if not count:
        raise Bad("Expected a count above zero")
    return first, count
