"""A search as it was written: keys in postfix order, to be bound to whoever searches."""

from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define, evolve, field, frozen

from mailsuite.imap.answers import Bad
from mailsuite.imap.elements import Element
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.ports import Session, State
from mailsuite.imap.searching.truth import Level, Operator, Step, Test
from mailsuite.imap.tables import advertise, once
from mailsuite.imap.view import SelectedView

__all__ = ["Level", "Operator", "Program", "Reader", "Search", "Step", "Test", "search_key"]

LARGEST_KEYS = 1_000  # of one search, operators counted (threat I6)


@define
class Search:
    """Whom a search is for: keys take from it what they need when they are bound.

    Attributes:
        scores: how well each message fits that was found, where something was matched fuzzily
            (RFC 6203 §4); None: nothing was.
        spent: seconds, in reader jobs.
    """

    session: Session
    view: SelectedView
    charset: str = "utf-8"
    by_modseq: bool = False
    spent: float = 0.0
    # What keys want to have done before anything is read.
    before: list[Callable[[], Awaitable[None]]] = field(factory=list)
    scores: dict[int, int] | None = None
    since: int = field(init=False)  # the mailbox's modseq when the search began

    @since.default
    def _begins(self) -> int:
        return self.view.mailbox.row.modseq


Bound = Callable[[Search], Test]


@frozen
class SearchKey:
    """One row of the table of keys."""

    name: bytes
    arguments: tuple[Element[Any], ...]
    bind: Callable[..., Test]
    module: str
    doc: str


SEARCH_KEYS: dict[bytes, SearchKey] = {}


def search_key(
    name: bytes, *arguments: Element[Any], capability: bytes = b""
) -> Callable[[Callable[..., Test]], Callable[..., Test]]:
    """Register a key: `f(search, arguments...) -> Test`; one SP stands before each argument."""

    def register(function: Callable[..., Test]) -> Callable[..., Test]:
        row = SearchKey(name, arguments, function, function.__module__, function.__doc__ or "")
        once(SEARCH_KEYS, name, row)
        if capability:
            advertise(capability, states=State.AUTHENTICATED)
        return function

    return register


Modifier = Callable[[Bound], Bound]
MODIFIERS: dict[bytes, Modifier] = {}


def search_modifier(name: bytes, *, capability: bytes = b"") -> Callable[[Modifier], Modifier]:
    """Register what stands before a key and changes each key in it: `f(bound) -> bound`."""

    def register(function: Modifier) -> Modifier:
        once(MODIFIERS, name, function)
        if capability:
            advertise(capability, states=State.AUTHENTICATED)
        return function

    return register


Program = list[Bound | Step]


@frozen
class Named:
    """A search that is kept under a name: its own program is put in its place (`PLACED`)."""

    name: bytes
    modifiers: tuple[Modifier, ...] = ()

    def __call__(self, search: Search) -> Test:
        """Refuse to be bound: nobody has put a program in its place."""
        del search
        raise Bad("A search that is kept has no place here")


NAMED: dict[bytes, Callable[[Cursor], Named]] = {}
PLACED: list[Callable[[Session, Program, str | None], Awaitable[Program]]] = []
"""Put programs in the place of what is `Named`: `f(session, program, charset) -> program`."""


def modified(step: Bound, modifier: Modifier) -> Bound:
    """A key as a modifier before it changes it."""
    if isinstance(step, Named):
        return evolve(step, modifiers=(*step.modifiers, modifier))
    return modifier(step)


@define
class _Frame:
    """An operator that still waits for keys; a list has no `wanted` number of them."""

    operator: Operator
    wanted: int
    count: int = 0
    start: int = 0  # where its keys begin in the program
    modifier: Modifier | None = None


@define
class Reader:
    """Reads keys without recursion, whatever their nesting."""

    cursor: Cursor
    program: Program = field(factory=list)
    frames: list[_Frame] = field(factory=list)
    keys: int = 0

    def read(self) -> Program:
        """Read keys up to the end of the command.

        Raises:
            Bad: no such key, too many of them, or parentheses that do not match.
        """
        self.frames.append(_Frame(Operator.AND, 0))
        while True:
            self._key()
            while self._closed():
                pass
            if self.cursor.ended:
                break
            self.cursor.space()
        if len(self.frames) != 1:
            raise Bad("Search key expected")
        self._apply(self.frames.pop())
        return self.program

    def _key(self) -> None:
        self.keys += 1
        if self.keys > LARGEST_KEYS:
            raise Bad("Too many search keys")
        cursor = self.cursor
        while cursor.sees(b"("):
            cursor.enter()
            self.frames.append(_Frame(Operator.AND, 0))
        if cursor.sees_one_of(b"0123456789*$"):
            self._leaf(SEARCH_KEYS[b""])
        else:
            self._named(cursor.word())

    def _named(self, name: bytes) -> None:
        if name in {b"NOT", b"OR"}:
            operator = Operator[name.decode("ascii")]
            self.frames.append(_Frame(operator, 1 if operator is Operator.NOT else 2))
            return
        if name in MODIFIERS:
            start, modifier = len(self.program), MODIFIERS[name]
            self.frames.append(_Frame(Operator.AND, 1, start=start, modifier=modifier))
            return
        if name in NAMED:
            self.cursor.space()
            self.program.append(NAMED[name](self.cursor))
            self._count()
            return
        row = SEARCH_KEYS.get(name)
        if row is None or not name:
            raise Bad("Unknown search key")
        self._leaf(row, space=True)

    def _leaf(self, row: SearchKey, *, space: bool = False) -> None:
        values = []
        for element in row.arguments:
            if space:
                self.cursor.space()
            values.append(element.parse(self.cursor))
        bind = row.bind
        self.program.append(lambda search: bind(search, *values))
        self._count()

    def _count(self) -> None:
        """A key is complete, and with it perhaps the operators that waited for it."""
        frame = self.frames[-1]
        frame.count += 1
        while frame.wanted and frame.count == frame.wanted:
            self._apply(self.frames.pop())
            frame = self.frames[-1]
            frame.count += 1

    def _apply(self, frame: _Frame) -> None:
        if frame.modifier is not None:
            for at in range(frame.start, len(self.program)):
                step = self.program[at]
                if not isinstance(step, Step):
                    self.program[at] = modified(step, frame.modifier)
        if frame.count != 1 or frame.operator is Operator.NOT:
            self.program.append(Step(frame.operator, frame.count))

    def _closed(self) -> bool:
        frame = self.frames[-1]
        if len(self.frames) == 1 or frame.wanted or not frame.count or not self.cursor.leave():
            return False
        self._apply(self.frames.pop())
        self._count()
        return True
