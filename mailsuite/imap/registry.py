"""The tables of IMAP: commands, FETCH and STATUS items, capabilities, what ENABLE switches.

One statement holds a command's name, grammar, states and capability; the door loads every module
of `commands/` and `extensions/`, and CAPABILITY is made from what they registered.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar, overload

from attrs import evolve, frozen

from mailsuite.imap.answers import Await, Bad, Done, No
from mailsuite.imap.elements import (
    ASTRING,
    ATOM,
    DATE_TIME,
    FLAG,
    FLAGS,
    LIST_MAILBOX,
    MAILBOX,
    NSTRING,
    NUMBER,
    SEQUENCE_SET,
    STAR,
    STRING,
    WORD,
    Arrives,
    Element,
    Messages,
    Parsed,
    SequenceSet,
    list_of,
    optional,
    parsed_by,
)
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.incoming import Arriving
from mailsuite.imap.ports import Incoming, Session, State, View
from mailsuite.imap.tables import (
    FetchItem,
    advertise,
    capabilities,
    enables,
    fetch_item,
    once,
    select_parameter,
    status_item,
)

__all__ = [
    "ARRIVING",
    "ASTRING",
    "ATOM",
    "DATE_TIME",
    "FLAG",
    "FLAGS",
    "LIST_MAILBOX",
    "MAILBOX",
    "MESSAGES",
    "NSTRING",
    "NUMBER",
    "SEQUENCE_SET",
    "STAR",
    "STRING",
    "WORD",
    "Arriving",
    "Await",
    "Bad",
    "Command",
    "Cursor",
    "Done",
    "Element",
    "FetchItem",
    "Incoming",
    "Messages",
    "No",
    "Parsed",
    "SequenceSet",
    "Session",
    "State",
    "Uids",
    "View",
    "advertise",
    "capabilities",
    "command",
    "enables",
    "fetch_item",
    "list_of",
    "once",
    "optional",
    "parsed_by",
    "select_parameter",
    "status_item",
    "wraps",
]

Uids: TypeAlias = Sequence[int]
"""UIDs that exist, ascending, no doubles."""


class _MessagesElement(Messages):
    """MESSAGES, as the type checker sees it: the handler's parameter is `Uids`."""

    def parse(self, cursor: Cursor) -> Any:
        """Read the set as it was written; the session turns it into UIDs."""
        return super().parse(cursor)


class _ArrivingElement(Arrives):
    """ARRIVING, as the type checker sees it: the handler's parameter is `Arriving`."""

    def parse(self, cursor: Cursor) -> Any:
        """Read nothing; the session hands what arrives to the handler."""
        return super().parse(cursor)


MESSAGES: Element[Uids] = _MessagesElement()
ARRIVING: Element[Arriving] = _ArrivingElement()


Ending: TypeAlias = Done | Await
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R", bound=Awaitable[Ending])


@frozen
class Command:
    """One row of the table of commands.

    `holds_expunge`: no EXPUNGE may be told during it when it was given with numbers instead of
    UIDs, since the client counts by them (RFC 3501 §7.4.1: FETCH, STORE, SEARCH).
    """

    name: bytes
    grammar: tuple[Element[Any], ...]
    states: State
    capability: bytes
    holds_expunge: bool
    has_uid_form: bool
    streams: bool
    run: Callable[..., Awaitable[Ending]]
    module: str
    doc: str


COMMANDS: dict[bytes, Command] = {}


@overload
def command(
    name: bytes,
    /,
    *,
    states: State,
    capability: bytes = b"",
    holds_expunge: bool = False,
    uid_form: bool = False,
) -> Callable[[Callable[[Session], R]], Callable[[Session], R]]: ...


@overload
def command(
    name: bytes,
    a: Element[A],
    /,
    *,
    states: State,
    capability: bytes = b"",
    holds_expunge: bool = False,
    uid_form: bool = False,
) -> Callable[[Callable[[Session, A], R]], Callable[[Session, A], R]]: ...


@overload
def command(
    name: bytes,
    a: Element[A],
    b: Element[B],
    /,
    *,
    states: State,
    capability: bytes = b"",
    holds_expunge: bool = False,
    uid_form: bool = False,
) -> Callable[[Callable[[Session, A, B], R]], Callable[[Session, A, B], R]]: ...


@overload
def command(
    name: bytes,
    a: Element[A],
    b: Element[B],
    c: Element[C],
    /,
    *,
    states: State,
    capability: bytes = b"",
    holds_expunge: bool = False,
    uid_form: bool = False,
) -> Callable[[Callable[[Session, A, B, C], R]], Callable[[Session, A, B, C], R]]: ...


@overload
def command(
    name: bytes,
    a: Element[A],
    b: Element[B],
    c: Element[C],
    d: Element[D],
    /,
    *,
    states: State,
    capability: bytes = b"",
    holds_expunge: bool = False,
    uid_form: bool = False,
) -> Callable[[Callable[[Session, A, B, C, D], R]], Callable[[Session, A, B, C, D], R]]: ...


@overload
def command(
    name: bytes,
    a: Element[A],
    b: Element[B],
    c: Element[C],
    d: Element[D],
    e: Element[E],
    /,
    *,
    states: State,
    capability: bytes = b"",
    holds_expunge: bool = False,
    uid_form: bool = False,
) -> Callable[[Callable[[Session, A, B, C, D, E], R]], Callable[[Session, A, B, C, D, E], R]]: ...


def command(
    name: bytes,
    /,
    *grammar: Element[Any],
    states: State,
    capability: bytes = b"",
    holds_expunge: bool = False,
    uid_form: bool = False,
) -> Callable[[F], F]:
    """Register a command: `async def f(session, *arguments) -> Done | Await`.

    One SP stands before each argument. With `MESSAGES` in the grammar, or `uid_form` (SEARCH),
    the command has a `UID` form; a name may be of two words (`UID EXPUNGE`).
    It raises `No`, `Bad` or any `MailError`; the session tells what changed and writes the answer.
    """

    def register(function: F) -> F:
        row = Command(
            name=name,
            grammar=grammar,
            states=states,
            capability=capability,
            holds_expunge=holds_expunge,
            has_uid_form=uid_form or any(isinstance(element, Messages) for element in grammar),
            streams=any(isinstance(element, Arrives) for element in grammar),
            run=function,
            module=function.__module__,
            doc=function.__doc__ or "",
        )
        once(COMMANDS, name, row)
        if capability:
            # Most clients ask once, after signing in: what needs a selected mailbox is told there.
            told = State.AUTHENTICATED if states is State.SELECTED else states
            advertise(capability, states=told)
        return function

    return register


def wraps(name: bytes) -> Callable[[F], F]:
    """Register what runs around a command: `async def f(row, session, *arguments) -> Done`.

    It calls `row.run(session, *arguments)`, or does without. The command is registered already.
    """

    def register(function: F) -> F:
        row = COMMANDS[name]
        COMMANDS[name] = evolve(row, run=partial(function, row))
        return function

    return register


def find_command(name: bytes, *, by_uid: bool) -> Command | None:
    """Return the row of a command by its name in capitals."""
    if not by_uid:
        return COMMANDS.get(name)
    row = COMMANDS.get(b"UID " + name) or COMMANDS.get(name)
    return row if row is not None and (row.has_uid_form or b" " in row.name) else None
