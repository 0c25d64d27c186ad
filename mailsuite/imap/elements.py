"""Elements of which a command's grammar is made in its table row.

Each has `parse(cursor) -> value`; a module with arguments of its own kind (a search program, a
fetch list) makes an element of its own with `parsed_by(function)`.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Generic, Protocol, TypeVar

from attrs import frozen

from mailsuite.imap.answers import Bad
from mailsuite.imap.grammar import Cursor, read_number
from mailsuite.imap.names import decode_name, decode_name_utf8

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

STAR = 0  # "*" in a range: the largest number in use
LARGEST_RANGES = 10_000  # of one sequence set: a line of 64 KiB holds no more than 32,768

_RANGE = re.compile(rb"([0-9]+|\*)(?::([0-9]+|\*))?")
_DATE_TIME = re.compile(
    rb'"([ 0-9][0-9])-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2})'
    rb' ([+-])([0-9]{2})([0-9]{2})"'
)
_FLAG = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
MONTHS = (
    b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC",
)  # fmt: skip


class Element(Protocol[T_co]):
    """One argument of a command."""

    @property
    def optional(self) -> bool:
        """Whether it takes the SP before it by itself, as it may be missing."""
        ...

    def parse(self, cursor: Cursor) -> T_co:
        """Read the value at the cursor, or raise `Bad`."""
        ...


@frozen
class Parsed(Generic[T]):
    """An element made of a function."""

    function: Callable[[Cursor], T]
    optional: bool = False

    def parse(self, cursor: Cursor) -> T:
        """Read the value."""
        return self.function(cursor)


def parsed_by(function: Callable[[Cursor], T]) -> Parsed[T]:
    """Make an element of a function that reads its value; the SP before it is taken already."""
    return Parsed(function)


def optional(element: Element[T], starts: bytes) -> Element[T | None]:
    """Make an argument that may be missing: it is there if its first octet is in `starts`."""

    def parse(cursor: Cursor) -> T | None:
        at = cursor.at
        if not cursor.skip(b" ") or not cursor.sees_one_of(starts):
            cursor.at = at
            return None
        return element.parse(cursor)

    return Parsed(parse, optional=True)


def list_of(element: Element[T], *, empty: bool = False) -> Element[list[T]]:
    """Make a parenthesised list: `(a b c)`; `()` only where its grammar has it empty."""

    def parse(cursor: Cursor) -> list[T]:
        cursor.enter()
        values: list[T] = []
        if cursor.leave():
            if empty:
                return values
            raise Bad("Empty list")
        values.append(element.parse(cursor))
        while not cursor.leave():
            cursor.space()
            values.append(element.parse(cursor))
        return values

    return Parsed(parse)


@frozen
class SequenceSet:
    """Message numbers or UIDs as a client writes them (RFC 3501 §9, sequence-set).

    `ranges` are pairs as written, `STAR` standing for "*". A set that is `saved` has none: it is
    what a search has left in "$" (RFC 9051 §9, seq-last-command).
    """

    ranges: tuple[tuple[int, int], ...]
    saved: bool = False

    def spans(self, largest: int) -> list[tuple[int, int]]:
        """Return the set as ascending, disjoint (first, last) pairs, "*" being `largest`."""
        pairs = []
        for first, last in self.ranges:
            low, high = first or largest, last or largest
            pairs.append((low, high) if low <= high else (high, low))
        pairs.sort()
        spans: list[tuple[int, int]] = []
        for low, high in pairs:
            if spans and low <= spans[-1][1] + 1:
                spans[-1] = (spans[-1][0], max(spans[-1][1], high))
            else:
                spans.append((low, high))
        return spans


def read_sequence_set(cursor: Cursor) -> SequenceSet:
    """Read a sequence-set; numbers are 32 bits and not 0."""
    if cursor.skip(b"$"):
        return SequenceSet((), saved=True)
    ranges = []
    while True:
        found = cursor.match(_RANGE)
        if found is None:
            raise Bad("Missing argument" if cursor.ended else "Expected message numbers")
        first = _read_place(found.group(1))
        ranges.append((first, first if found.group(2) is None else _read_place(found.group(2))))
        if not cursor.skip(b","):
            return SequenceSet(tuple(ranges))
        if len(ranges) >= LARGEST_RANGES:
            raise Bad("Too many ranges")


def _read_place(octets: bytes) -> int:
    if octets == b"*":
        return STAR
    if octets[0] == 0x30:
        raise Bad("Message numbers begin at 1")
    return read_number(octets)


def read_flag(cursor: Cursor) -> bytes:
    r"""Read one flag: `\Seen` or a keyword, as it was written (RFC 3501 §9, flag)."""
    found = cursor.match(_FLAG)
    if found is None:
        raise Bad("Expected a flag")
    return found.group()


def read_date_time(cursor: Cursor) -> datetime:
    """Read a date-time (RFC 3501 §9): `"17-Jul-1996 02:44:25 -0700"`, the offset kept."""
    found = cursor.match(_DATE_TIME)
    if found is None:
        raise Bad("Expected a date and time")
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    try:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(-offset if sign == b"-" else offset)
        return datetime(
            int(year),
            MONTHS.index(month.upper()) + 1,
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),  # 60 is a leap second (RFC 5322 §3.3)
            tzinfo=zone,
        )
    except ValueError:
        raise Bad("No such date or time") from None


def read_mailbox(cursor: Cursor) -> str:
    """Read a mailbox name; INBOX in any case is INBOX."""
    return decode_name_utf8(cursor.astring()) if cursor.utf8 else decode_name(cursor.astring())


@frozen
class Messages:
    """The messages a command is about; a row with it has a `UID` form too.

    The session turns what was written into UIDs by the view: the handler sees `Uids` only.
    """

    optional: bool = False

    def parse(self, cursor: Cursor) -> SequenceSet:
        """Read the set as it was written."""
        return read_sequence_set(cursor)


@frozen
class Arrives:
    """The rest of a command, which comes while the command runs (APPEND, REPLACE).

    It is the last element of a row; the session hands an `imap.incoming.Arriving` to the handler.
    """

    optional: bool = True  # the handler reads the SP before it, too

    def parse(self, cursor: Cursor) -> Cursor:
        """Read nothing: what follows is read by the handler."""
        return cursor


ATOM = parsed_by(Cursor.atom)
WORD = parsed_by(Cursor.word)
NUMBER: Element[int] = parsed_by(lambda cursor: cursor.number())
STRING = parsed_by(Cursor.string)
NSTRING = parsed_by(Cursor.nstring)
ASTRING = parsed_by(Cursor.astring)
LIST_MAILBOX = parsed_by(Cursor.list_mailbox)
MAILBOX = parsed_by(read_mailbox)
FLAG = parsed_by(read_flag)
FLAGS = list_of(FLAG, empty=True)
DATE_TIME = parsed_by(read_date_time)
SEQUENCE_SET = parsed_by(read_sequence_set)
