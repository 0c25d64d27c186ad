"""FILTERS (RFC 5466): searches that people keep under a name, as annotations of the server.

FILTER stands for the keys of `/private/filters/values/<name>`, or of the shared one. What is kept
there is looked at when it is set, and again when it is used.
"""

import re
from collections.abc import Mapping

from attrs import define, field

from mailsuite.imap.extensions import metadata as _metadata  # noqa: F401 - it is wrapped here
from mailsuite.imap.grammar import Unfinished
from mailsuite.imap.registry import (
    Await,
    Bad,
    Cursor,
    Done,
    No,
    Session,
    State,
    advertise,
    wraps,
)
from mailsuite.imap.registry import Command as Row
from mailsuite.imap.searching.program import (
    LARGEST_KEYS,
    NAMED,
    PLACED,
    Named,
    Program,
    Reader,
    Step,
    modified,
)

VALUES = ("/private/filters/values/", "/shared/filters/values/")  # the first one wins (§3.1)
LARGEST_DEPTH = 10  # filters within filters; §3.1 asks for 3, and a loop ends there
CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii"}
_NAME = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]/]+')


def read_filter(cursor: Cursor) -> Named:
    """Read a filter-name (RFC 5466 §4): an atom without "/"."""
    found = cursor.match(_NAME)
    if found is None:
        raise Bad("Expected a filter's name")
    return Named(found.group())


def read_criteria(octets: bytes, nesting: int) -> Program:
    """Read what a filter holds.

    Raises:
        Bad: it is no full and correct search criterion (§3.2).
    """
    try:
        return Reader(Cursor([octets], nesting)).read()
    except Unfinished:
        raise Bad("No literals in a filter") from None


@define
class Placing:
    """Puts the keys of filters where their names stand; each filter is read once."""

    kept: Mapping[str, bytes]  # the server's annotations
    nesting: int
    programs: dict[bytes, Program] = field(factory=dict)

    def placed(self, program: Program, depth: int = 0) -> Program:
        """The program without names.

        Raises:
            No: a filter is not there, is none, refers to itself, or holds too much.
        """
        whole: Program = []
        for step in program:
            if not isinstance(step, Named):
                whole.append(step)
            else:
                if depth >= LARGEST_DEPTH:
                    raise _undefined(step.name)
                inner = self.placed(self._program(step.name), depth + 1)
                whole += _modified(inner, step)
            if len(whole) > LARGEST_KEYS:
                raise No(b"LIMIT", "Too many search keys")
        return whole

    def _program(self, name: bytes) -> Program:
        if name not in self.programs:
            entries = (start + name.decode("ascii").lower() for start in VALUES)
            value = next((self.kept[entry] for entry in entries if entry in self.kept), None)
            if value is None:
                raise _undefined(name)
            try:
                self.programs[name] = read_criteria(value, self.nesting)
            except Bad:
                raise _undefined(name) from None
        return self.programs[name]


def _modified(program: Program, named: Named) -> Program:
    for modifier in named.modifiers:
        program = [step if isinstance(step, Step) else modified(step, modifier) for step in program]
    return program


def _undefined(name: bytes) -> No:
    return No(b"UNDEFINED-FILTER " + name, "No such filter")


async def place(session: Session, program: Program, charset: str | None) -> Program:
    """Put filters in their places, where a search names some.

    Raises:
        Bad: another charset than UTF-8, in which filters are kept (§3.1).
        No: as `Placing.placed`.
    """
    if not any(isinstance(step, Named) for step in program):
        return program
    if charset not in CHARSETS:
        raise Bad("Filters are in UTF-8", b"BADCHARSET (UTF-8)")
    kept = await session.mailboxes.annotations.read("")
    return Placing(kept, session.limits.imap_nesting).placed(program)


@wraps(b"SETMETADATA")
async def setmetadata(
    row: Row, session: Session, wanted: tuple[str, dict[str, bytes | None]]
) -> Done | Await:
    """Keep no filter that is none (§3.2).

    Raises:
        No: one of the values is not a search criterion.
    """
    mailbox, values = wanted
    if not mailbox:
        for entry, value in values.items():
            if value is not None and entry.startswith(VALUES):
                _check(entry, value, session.limits.imap_nesting)
    ending: Done | Await = await row.run(session, wanted)
    return ending


def _check(entry: str, value: bytes, nesting: int) -> None:
    name = entry.rpartition("/filters/values/")[2].encode("latin-1")
    if _NAME.fullmatch(name) is None:
        raise No(b"CANNOT", "No filter can have that name")
    try:
        read_criteria(value, nesting)
    except Bad as bad:
        raise No(b"CANNOT", f"No search criterion: {bad.text}") from None


NAMED[b"FILTER"] = read_filter
PLACED.append(place)
advertise(b"FILTERS", states=State.AUTHENTICATED)
