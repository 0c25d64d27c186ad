"""What one FETCH asks for: its items with their arguments (RFC 3501 §6.4.5), and its modifiers."""

import re
from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen

from mailsuite.imap.answers import Bad
from mailsuite.imap.elements import Element, Parsed
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.ports import Session
from mailsuite.imap.tables import FETCH_ITEMS, FetchItem, once

_NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9.\-]*")
MACROS = {
    b"ALL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE"),
    b"FAST": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"),
    b"FULL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY"),
}
LARGEST_ITEMS = 200


@frozen
class Wanted:
    """One item of a FETCH."""

    item: FetchItem
    arguments: tuple[Any, ...] = ()

    @property
    def label(self) -> bytes:
        """The item's name in the answer."""
        label: bytes = self.arguments[0].label if self.arguments else self.item.name
        return label

    @property
    def needs(self) -> tuple[str, ...]:
        """What of the store it reads."""
        more: tuple[str, ...] = self.arguments[0].needs if self.arguments else ()
        return (*self.item.needs, *more)


@define
class Asked:
    """A FETCH as it was asked, and as its modifiers and the session's state complete it."""

    items: list[Wanted]
    changed_since: int | None = None
    names: set[bytes] = field(factory=set)

    @property
    def needs(self) -> set[str]:
        """What of the store all items read together."""
        return {need for wanted in self.items for need in wanted.needs}

    def add(self, name: bytes) -> None:
        """Have an item in the answer, unless it is there; the first place is the UID's."""
        if name not in self.names:
            self.names.add(name)
            place = 0 if name == b"UID" else len(self.items)
            self.items.insert(place, Wanted(FETCH_ITEMS[name]))


def read_items(cursor: Cursor) -> Asked:
    """Read `ALL`, one item, or a list of items.

    Raises:
        Bad: there is no such item.
    """
    asked = Asked([])
    if not cursor.sees(b"("):
        _read_item(cursor, asked, alone=True)
        return asked
    cursor.enter()
    _read_item(cursor, asked, alone=False)
    while not cursor.leave():
        cursor.space()
        _read_item(cursor, asked, alone=False)
        if len(asked.items) > LARGEST_ITEMS:
            raise Bad("Too many items")
    return asked


def _read_item(cursor: Cursor, asked: Asked, *, alone: bool) -> None:
    found = cursor.match(_NAME)
    if found is None:
        raise Bad("Missing argument" if cursor.ended else "Expected an item")
    name = found.group().upper()
    if alone and name in MACROS:
        for part in MACROS[name]:
            asked.add(part)
        return
    if cursor.sees(b"["):
        name += b"[]"
    item = FETCH_ITEMS.get(name)
    if item is None:
        raise Bad("Unknown item")
    if item.arguments is None:
        asked.add(name)
        return
    wanted = Wanted(item, (item.arguments.parse(cursor),))
    asked.names.add(name)
    if wanted not in asked.items:
        asked.items.append(wanted)


ITEMS: Element[Asked] = Parsed(read_items)


# What may follow the items in parentheses (RFC 4466 §2.4).

Applied = Callable[[Session, Asked], None]
Modifier = Callable[[Cursor], Applied]
FETCH_MODIFIERS: dict[bytes, Modifier] = {}


def fetch_modifier(name: bytes) -> Callable[[Modifier], Modifier]:
    """Register a modifier: `f(cursor) -> apply` reads its value; `apply(session, asked)` is run."""

    def register(function: Modifier) -> Modifier:
        once(FETCH_MODIFIERS, name, function)
        return function

    return register


def read_modifiers(cursor: Cursor) -> list[Applied]:
    """Read ` (NAME value ...)` if it is there."""
    applied: list[Applied] = []
    if not cursor.skip(b" "):
        return applied
    cursor.enter()
    while True:
        name = cursor.word()
        modifier = FETCH_MODIFIERS.get(name)
        if modifier is None or len(applied) > len(FETCH_MODIFIERS):
            raise Bad("Unknown modifier")
        applied.append(modifier(cursor))
        if cursor.leave():
            return applied
        cursor.space()


MODIFIERS: Element[list[Applied]] = Parsed(read_modifiers, optional=True)
