"""What one FETCH asks for: its items with their arguments (RFC 3501 §6.4.5), and its modifiers."""

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
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
LONGEST_KNOWN = 300  # octets of items whose meaning is kept: what real programs send


@frozen
class Named:
    """What an item has as argument that changes neither its name nor what it needs."""

    label: bytes
    needs: tuple[str, ...] = ()
    partial: tuple[int, int] | None = None


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

    items: list[Wanted] = field(factory=list)
    changed_since: int | None = None
    chosen: Callable[[Sequence[int]], Sequence[int]] | None = None  # of the messages, before that
    first: "list[First]" = field(factory=list)  # told before the messages
    names: set[bytes] = field(factory=set)
    needs: set[str] = field(factory=set)  # what of the store all items read together
    written: bytes = b""  # the rest of the command, where it was kept as it was written
    plans: dict[str, Any] = field(factory=dict)  # how to answer these very items

    def add(self, name: bytes) -> None:
        """Have an item in the answer, unless it is there; the first place is the UID's."""
        if name not in self.names:
            place = 0 if name == b"UID" else len(self.items)
            self.want(Wanted(FETCH_ITEMS[name]), place)

    def want(self, wanted: Wanted, place: int) -> None:
        """Have an item in the answer, at this place."""
        self.plans = {}  # copies keep theirs
        self.names.add(wanted.item.name)
        self.items.insert(place, wanted)
        self.needs.update(wanted.needs)

    @property
    def before(self) -> list[Callable[..., Awaitable[None]]]:
        """What has to be made for the messages, `f(mailbox view, uids)`, before they are read."""
        return [wanted.item.before for wanted in self.items if wanted.item.before is not None]

    def copy(self) -> "Asked":
        """The same, to be completed on its own."""
        return Asked(
            self.items[:],
            names=self.names.copy(),
            needs=self.needs.copy(),
            written=self.written,
            plans=self.plans,
        )


def read_items(cursor: Cursor) -> Asked:
    """Read `ALL`, one item, or a list of items.

    Raises:
        Bad: there is no such item.
    """
    text = cursor.text[cursor.at :]
    if len(text) > LONGEST_KNOWN or text.endswith(b"}"):
        return _read_items(cursor)
    asked, octets = _known(text, cursor.largest_depth)
    cursor.at += octets
    return asked.copy()


@lru_cache(maxsize=128)
def _known(text: bytes, depth: int) -> tuple[Asked, int]:
    """What a text asks for, and how much of it that is.

    A program asks the same of thousands of messages, each by a command of its own.
    """
    cursor = Cursor([text], depth)
    asked = _read_items(cursor)
    asked.written = text if cursor.at == len(text) else b""
    return asked, cursor.at


def _read_items(cursor: Cursor) -> Asked:
    asked = Asked()
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
    if wanted not in asked.items:
        asked.want(wanted, len(asked.items))


ITEMS: Element[Asked] = Parsed(read_items)


# What may follow the items in parentheses (RFC 4466 §2.4).

First = Callable[[Session, Asked], Awaitable[None]]
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
