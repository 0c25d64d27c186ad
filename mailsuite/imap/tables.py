"""The smaller tables of IMAP: capabilities, FETCH and STATUS items, parameters of SELECT, ENABLE.

`registry` gives them out together with the table of commands.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from typing import Any, TypeAlias, TypeVar

from attrs import evolve, frozen

from mailsuite.imap.elements import Element
from mailsuite.imap.ports import Manner, Session, State

F = TypeVar("F", bound=Callable[..., Any])
V = TypeVar("V")


def once(table: dict[bytes, V], name: bytes, row: V) -> None:
    """Put a row into a table that has none of that name yet."""
    if name in table:
        raise ValueError(f"{name!r} is registered twice")
    table[name] = row


# Capabilities.

Offered: TypeAlias = Callable[[Session], bool]


@frozen
class Capability:
    """One word of CAPABILITY, told in these states and, if `offered` is there, when it says so.

    `value` is what follows the name, which then ends in "=".
    """

    name: bytes
    states: State
    offered: Offered | None
    value: Callable[[Session], bytes] | None = None

    def told(self, session: Session) -> bytes:
        """The whole word."""
        return self.name if self.value is None else self.name + self.value(session)


CAPABILITIES: dict[bytes, Capability] = {}


def advertise(
    name: bytes,
    *,
    states: State = State.ANY,
    offered: Offered | None = None,
    value: Callable[[Session], bytes] | None = None,
) -> None:
    """Register a capability. Several modules may say the same one; the widest states count."""
    before = CAPABILITIES.get(name)
    if before is not None:
        states |= before.states
        offered = offered or before.offered
    CAPABILITIES[name] = Capability(name, states, offered, value)
    _told_in.cache_clear()


@cache  # four states; each connection is told two of them
def _told_in(state: State) -> tuple[Capability, ...]:
    rows = [row for row in CAPABILITIES.values() if row.states & state]
    return tuple(sorted(rows, key=lambda row: (not row.name.startswith(b"IMAP4"), row.name)))


def is_hidden(session: Session, name: bytes) -> bool:
    """Say whether whoever is signed in does not see a capability, by its name or its first part."""
    hidden = session.hidden
    spelled = name.upper()
    return bool(hidden) and (spelled in hidden or spelled.partition(b"=")[0] in hidden)


def capabilities(session: Session) -> bytes:
    """Return what this session can do now, the protocol's own names first."""
    hides = bool(session.hidden)
    words = [
        row.told(session)
        for row in _told_in(session.state)
        if (row.offered is None or row.offered(session))
        and not (hides and is_hidden(session, row.name))
    ]
    return b" ".join([b"IMAP4rev1", *words])


# What FETCH gives.


@frozen
class FetchItem:
    """One FETCH item: its name, what it needs of the store, its grammar after the name."""

    name: bytes
    needs: tuple[str, ...]
    arguments: Element[Any] | None
    write: Callable[..., Any]
    module: str
    doc: str
    before: Callable[..., Awaitable[None]] | None = None


FETCH_ITEMS: dict[bytes, FetchItem] = {}


def fetch_item(
    name: bytes,
    *,
    needs: tuple[str, ...] = (),
    capability: bytes = b"",
    arguments: Element[Any] | None = None,
    before: Callable[..., Awaitable[None]] | None = None,
) -> Callable[[F], F]:
    """Register a FETCH item: `f(message, arguments...) -> bytes`, the value as it is sent.

    `needs` names what of the store it reads (`imap/fetch/`); `arguments` is what follows the name
    without a space (a section, a partial range). What it cannot do without is made by
    `before(mailbox view, uids)`, which FETCH awaits.
    """

    def register(function: F) -> F:
        doc = function.__doc__ or ""
        row = FetchItem(name, needs, arguments, function, function.__module__, doc, before)
        once(FETCH_ITEMS, name, row)
        if capability:
            advertise(capability, states=State.AUTHENTICATED)
        return function

    return register


# What STATUS gives.


@frozen
class StatusItem:
    """One STATUS item: its number for a mailbox's row, or its value as it is sent."""

    name: bytes
    number: Callable[[Any], int | bytes]
    enabling: Callable[[Session], None] | None
    doc: str
    limit: Callable[[Session], int | bytes] | None = None

    def of(self, session: Session) -> "StatusItem":
        """The item as a session asks for it."""
        if self.limit is None:
            return self
        value = self.limit(session)
        return evolve(self, number=lambda _row: value)


STATUS_ITEMS: dict[bytes, StatusItem] = {}


def status_item(
    name: bytes, *, capability: bytes = b"", enabling: Callable[[Session], None] | None = None
) -> Callable[[F], F]:
    """Register a STATUS item: `f(row) -> int | bytes`, the row being `mailbox.MailboxRow`.

    `enabling` switches an extension on that a client enables by asking for it (RFC 7162 §3.1).
    """

    def register(function: F) -> F:
        once(STATUS_ITEMS, name, StatusItem(name, function, enabling, function.__doc__ or ""))
        if capability:
            advertise(capability, states=State.AUTHENTICATED)
        return function

    return register


def status_limit(name: bytes) -> Callable[[F], F]:
    """Register a STATUS item that is one for all mailboxes: `f(session) -> int | bytes`."""

    def register(function: F) -> F:
        once(
            STATUS_ITEMS,
            name,
            StatusItem(name, lambda _row: 0, None, function.__doc__ or "", function),
        )
        return function

    return register


# What SELECT takes, and what ENABLE switches.

SelectParameter: TypeAlias = tuple[Element[Any] | None, Callable[..., Any]]
SELECT_PARAMETERS: dict[bytes, SelectParameter] = {}
ENABLED_BY: dict[bytes, Callable[[Session], None]] = {}


def select_parameter(name: bytes, argument: Element[Any] | None = None) -> Callable[[F], F]:
    """Register a parameter of SELECT and EXAMINE (RFC 4466 §2.1): `f(session[, value])`.

    It runs when the command is about to open the mailbox, may refuse it by `Bad`, and may return
    a coroutine function that is called with the opened view, after SELECT has told of it.
    """

    def register(function: F) -> F:
        row: SelectParameter = (argument, function)
        once(SELECT_PARAMETERS, name, row)
        return function

    return register


def enables(name: bytes) -> Callable[[F], F]:
    """Register what ENABLE switches on (RFC 5161): `f(session) -> None`.

    The session has put the name into `session.enabled` by then.
    """

    def register(function: F) -> F:
        switch: Callable[[Session], None] = function
        once(ENABLED_BY, name, switch)
        return function

    return register


# How a client is told of things once it has enabled something.

PLAIN = Manner(0)
MANNERS: dict[bytes, Manner] = {}


def tells(name: bytes, manner: Manner) -> None:
    """Register what enabling an extension changes in how the client is told of things."""
    once(MANNERS, name, manner)


def manner_of(enabled: Iterable[bytes]) -> Manner:
    """Return how a client is told of things that has enabled these."""
    manner = PLAIN
    for name in enabled:
        manner |= MANNERS.get(name, PLAIN)
    return manner


# What is looked at before a command's arguments are read.

Guard: TypeAlias = Callable[[Session, Any, bool], None]
GUARDS: list[Guard] = []


def guard(function: Guard) -> Guard:
    """Register a look at each command: `f(session, row, by_uid)` raises `Bad` to refuse it."""
    GUARDS.append(function)
    return function


# What is told of a mailbox that was selected or made.

MailboxCode: TypeAlias = Callable[[Any], bytes]
MAILBOX_CODES: list[MailboxCode] = []


def mailbox_code(function: F) -> F:
    """Register a response code for SELECT, EXAMINE and CREATE: `f(row) -> bytes`."""
    MAILBOX_CODES.append(function)
    return function
