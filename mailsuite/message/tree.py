"""The parts of a message: one walk over its octets, iterative and linear (RFC 2046 §5.1).

Whatever the octets, the walk ends with a tree whose ranges nest: what is malformed, too deep or
too much becomes a leaf, and every octet stays in some part (threats M1, M2, M7).
"""

import mmap
import re

from attrs import define, field

from mailsuite.message.content import (
    DEFAULT,
    EMBEDDED,
    OPAQUE,
    Content,
    content_type,
)
from mailsuite.message.envelope import FIELDS
from mailsuite.message.header import BREAK

DEPTH = 100  # multiparts and messages inside each other
PARTS = 10_000
# Lines that begin with "--" and are no delimiter: each costs half a microsecond, a dump of a
# database has thousands, an attack ten millions.
DASHED_LINES = 1_000_000

LEAF, MULTIPART, MESSAGE = 0, 1, 2

_WANTED = frozenset(FIELDS) | {
    b"content-type",
    b"content-transfer-encoding",
    b"content-id",
    b"content-description",
    b"content-disposition",
    b"content-language",
    b"content-location",
    b"content-md5",
}
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACES = b" \t\r\n"


@define(eq=False)
class Entity:
    """One part: octets `start:body` are its header with the blank line, `body:end` its body.

    The message itself is the first. The child of a MESSAGE is the message inside it.
    """

    kind: int
    parent: int
    start: int
    body: int
    end: int
    content: Content
    fields: dict[bytes, bytes]


@define(eq=False)
class _Open:
    """A part whose end is not known yet."""

    entity: int
    boundary: bytes | None = None
    shadowed: int | None = None  # the level that had the same boundary before
    children: bool = False


@define(eq=False)
class _Walk:
    octets: bytes | mmap.mmap
    depth: int
    parts: int
    entities: list[Entity] = field(factory=list)
    stack: list[_Open] = field(factory=list)
    levels: dict[bytes, int] = field(factory=dict)  # boundary -> place in the stack
    blank: int = -1  # a CRLF CRLF found earlier and not yet passed; the end if there is none
    dashed: int = 0

    def run(self) -> list[Entity]:
        octets = self.octets
        at = self._enter(0, -1)
        while self.levels and (found := self._delimiter(at, len(octets))) is not None:
            where, level, closing, at = found
            self._close(level + 1, where)
            frame = self.stack[level]
            if closing:
                self._forget(frame)
            elif len(self.entities) >= self.parts - 1:
                self._leaf(frame.entity, at, at, OPAQUE, {})
                break
            else:
                frame.children = True
                at = self._enter(at, frame.entity)
        self._close(0, len(octets))
        return self.entities

    def _enter(self, start: int, parent: int) -> int:
        """Open the part whose header begins at `start`; returns where to look for delimiters."""
        while True:
            above = self.entities[parent].content if parent >= 0 else DEFAULT
            body, fields = self._header(start)
            digest = above.subtype.lower() == b"digest" and above.type.lower() == b"multipart"
            content = content_type(fields.get(b"content-type"), EMBEDDED if digest else DEFAULT)
            kind = content.type.lower()
            if kind == b"multipart" and len(self.stack) < self.depth:
                self._multipart(parent, start, body, content, fields)
            elif kind == b"message" and content.subtype.lower() in {b"rfc822", b"global"}:
                if len(self.stack) < self.depth and len(self.entities) < self.parts - 1:
                    self.entities.append(
                        Entity(MESSAGE, parent, start, body, body, content, fields)
                    )
                    parent = len(self.entities) - 1
                    self.stack.append(_Open(parent, children=True))
                    start = body
                    continue
                self._leaf(parent, start, body, OPAQUE, fields)
            else:
                content = OPAQUE if kind == b"multipart" else content
                self._leaf(parent, start, body, content, fields)
            return body

    def _leaf(
        self, parent: int, start: int, body: int, content: Content, fields: dict[bytes, bytes]
    ) -> None:
        self.entities.append(Entity(LEAF, parent, start, body, body, content, fields))
        self.stack.append(_Open(len(self.entities) - 1))

    def _multipart(
        self, parent: int, start: int, body: int, content: Content, fields: dict[bytes, bytes]
    ) -> None:
        self.entities.append(Entity(MULTIPART, parent, start, body, body, content, fields))
        frame = _Open(len(self.entities) - 1)
        boundary = (content.parameter(b"boundary") or b"").rstrip(_SPACES)
        if boundary:
            frame.boundary = boundary
            frame.shadowed = self.levels.get(boundary)
            self.levels[boundary] = len(self.stack)
        self.stack.append(frame)

    def _header(self, start: int) -> tuple[int, dict[bytes, bytes]]:
        octets = self.octets
        if octets[start : start + 2] == b"\r\n":
            return start + 2, {}
        if self.blank < start:
            self.blank = octets.find(b"\r\n\r\n", start)
            if self.blank < 0:
                self.blank = len(octets)
        end = body = min(self.blank + 4, len(octets))
        if self.levels:
            # A header without its blank line ends where a part around it ends.
            found = self._delimiter(start, end)
            if found is not None:
                end = body = max(found[0] + 2, start)
        fields: dict[bytes, bytes] = {}
        for line in BREAK.split(octets[start:end]):
            name, _, value = line.partition(b":")
            name = name.rstrip(_SPACES).lower()
            # Of doubled fields the first counts, for everybody who reads the tree (threat M8).
            if name in _WANTED and name not in fields:
                if b"\r\n" in value:
                    value = _FOLD.sub(b"", value)
                fields[name] = value.strip(_SPACES)
        return body, fields

    def _delimiter(self, at: int, end: int) -> tuple[int, int, bool, int] | None:
        """The next delimiter line: its CRLF's place, the level it belongs to, closing, its end."""
        octets, levels = self.octets, self.levels
        at = max(at - 2, 0)
        while (where := octets.find(b"\r\n--", at, end)) >= 0:
            eol = octets.find(b"\r\n", where + 4)
            if eol < 0:
                eol = len(octets)
            line = octets[where + 4 : eol].rstrip(b" \t")
            after = min(eol + 2, len(octets))
            level = levels.get(line)
            if level is not None:
                return where, level, False, after
            if line.endswith(b"--"):
                level = levels.get(line[:-2])
                if level is not None:
                    return where, level, True, after
            self.dashed += 1
            if self.dashed > DASHED_LINES:
                return None
            at = eol
        return None

    def _close(self, level: int, where: int) -> None:
        """End every part from `level` of the stack on, at `where`."""
        entities = self.entities
        while len(self.stack) > level:
            frame = self.stack.pop()
            entity = entities[frame.entity]
            # A header that a delimiter cut short ends behind its CRLF; so do the parts around.
            entity.end = where = max(where, entity.body)
            self._forget(frame)
            if entity.kind == MULTIPART and not frame.children:
                # A multipart has at least one part (RFC 9051's grammar, body-type-mpart): what is
                # there instead of one is shown as text.
                entities.append(
                    Entity(LEAF, frame.entity, entity.body, entity.body, entity.end, DEFAULT, {})
                )

    def _forget(self, frame: _Open) -> None:
        if frame.boundary is not None:
            if frame.shadowed is None:
                del self.levels[frame.boundary]
            else:
                self.levels[frame.boundary] = frame.shadowed
            frame.boundary = None


def walk(octets: bytes | mmap.mmap, *, depth: int = DEPTH, parts: int = PARTS) -> list[Entity]:
    """The message's parts in the order of their first octets. Linear; never raises.

    What lies deeper than `depth`, or behind so many `parts`, is one opaque leaf.
    """
    return _Walk(octets, depth, parts).run()
