"""A search as it was written: keys in postfix order, evaluated for many messages at once.

A column of truth is two numbers with one octet a message: where the key is true, where it is
false. What is not known yet (a body nobody has read) is neither, so a search reads no body
where flags or headers decide already.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import IntEnum
from typing import Any

from attrs import define, field, frozen

from mailsuite.imap.answers import Bad
from mailsuite.imap.elements import Element
from mailsuite.imap.fetch.batch import Batch
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.ports import Session
from mailsuite.imap.tables import advertise, once
from mailsuite.imap.view import SelectedView
from mailsuite.store.placements_read import MessageRow

LARGEST_KEYS = 1_000  # of one search, operators counted (threat I6)


class Level(IntEnum):
    """What a key has to read, the cheapest first."""

    ARRAYS = 0
    META = 1
    OCTETS = 2


@frozen
class Test:
    """One key, ready to be asked of messages.

    Attributes:
        column: of a `Batch`, for the level ARRAYS, where `holds` is asked of its values; on
            other levels `holds` is asked of a `MessageRow`.
        needs: what of the store the row must have.
    """

    level: Level
    holds: Callable[[Any], bool]
    column: str = ""
    needs: tuple[str, ...] = ()


@define
class Search:
    """Whom a search is for: keys take from it what they need when they are bound."""

    session: Session
    view: SelectedView
    charset: str = "utf-8"
    by_modseq: bool = False
    spent: float = 0.0  # seconds, in reader jobs
    # What keys want to have done before anything is read.
    before: list[Callable[[], Awaitable[None]]] = field(factory=list)
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
            advertise(capability)
        return function

    return register


class Operator(IntEnum):
    """What joins the columns before it."""

    NOT = 1
    OR = 2
    AND = 3


@frozen
class Step:
    """An operator over the last `count` columns."""

    operator: Operator
    count: int


Program = list[Bound | Step]


@define
class _Frame:
    """An operator that still waits for keys; a list has no `wanted` number of them."""

    operator: Operator
    wanted: int
    count: int = 0


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
        if frame.count != 1 or frame.operator is Operator.NOT:
            self.program.append(Step(frame.operator, frame.count))

    def _closed(self) -> bool:
        frame = self.frames[-1]
        if len(self.frames) == 1 or frame.wanted or not frame.count or not self.cursor.leave():
            return False
        self._apply(self.frames.pop())
        self._count()
        return True


Truth = tuple[int, int]  # true where, false where: one octet a message


def evaluate(program: Sequence[Test | Step], columns: Sequence[Truth], every: int) -> Truth:
    """The truth of the whole program, given that of each test, in order."""
    stack: list[Truth] = []
    following = iter(columns)
    for step in program:
        if isinstance(step, Test):
            stack.append(next(following))
            continue
        taken = stack[len(stack) - step.count :]
        del stack[len(stack) - step.count :]
        if step.operator is Operator.NOT:
            true, false = taken[0]
            stack.append((false, true))
            continue
        is_and = step.operator is Operator.AND
        true, false = (every, 0) if is_and else (0, every)
        for more_true, more_false in taken:
            true = true & more_true if is_and else true | more_true
            false = false | more_false if is_and else false & more_false
        stack.append((true, false))
    return stack[0]


def packed(values: Sequence[bool]) -> int:
    """A column of truth values as one number."""
    return int.from_bytes(bytes(values), "little")


def everything(count: int) -> int:
    """A column that is true everywhere."""
    return int.from_bytes(b"\1" * count, "little")


def column(test: Test, level: Level, batch: Batch, rows: Sequence[MessageRow | None]) -> Truth:
    """Where the test is true and where false; nowhere, as long as more must be read for it."""
    if test.level > level:
        return 0, 0
    every = everything(len(batch.uids))
    if test.level is Level.ARRAYS:
        values = getattr(batch, test.column)
        if test.column == "flags":  # there are few distinct words
            known = {word: test.holds(word) for word in set(values)}
            true = packed([known[word] for word in values])
        else:
            true = packed([test.holds(value) for value in values])
    else:
        true = packed([row is not None and test.holds(row) for row in rows])
    return true, every ^ true
