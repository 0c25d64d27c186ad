"""STORE and UID STORE (RFC 3501 §6.4.6)."""

import re
from collections.abc import Callable

from attrs import define, evolve, frozen

from mailsuite.errors import NotPermitted
from mailsuite.imap.commands.expunge import writable
from mailsuite.imap.elements import Element, Parsed, list_of
from mailsuite.imap.registry import FLAG, MESSAGES, Bad, Cursor, Done, Session, State, Uids, command
from mailsuite.imap.tables import once
from mailsuite.imap.view import SelectedView
from mailsuite.imap.writing import uid_set
from mailsuite.mailbox.changing import steps, store_step
from mailsuite.mailbox.rights import allowed_flags, allowed_word
from mailsuite.store.flags import SYSTEM_FLAGS, FlagChange, Mode
from mailsuite.store.placements import EVER
from mailsuite.store.rights import ALL

_ITEM = re.compile(rb"([+-]?FLAGS)(\.SILENT)?(?= )", re.IGNORECASE)
_SYSTEM = {name.lower(): name for name in SYSTEM_FLAGS}
RECENT = "\\recent"  # the server's own (RFC 3501 §2.3.2): a client that sends it back is not wrong
LARGEST_FLAGS = 200


@frozen
class Change:
    """What STORE does to the flags, and whether the outcome is told."""

    flags: FlagChange
    silent: bool


@define
class Conditions:
    """What the modifiers of a STORE say (RFC 4466 §2.5)."""

    unchanged_since: int = EVER


Applied = Callable[[Session, Conditions], None]
STORE_MODIFIERS: dict[bytes, Callable[[Cursor], Applied]] = {}


def store_modifier(
    name: bytes,
) -> Callable[[Callable[[Cursor], Applied]], Callable[[Cursor], Applied]]:
    """Register a modifier: `f(cursor) -> apply` reads its value; `apply` is run before STORE."""

    def register(function: Callable[[Cursor], Applied]) -> Callable[[Cursor], Applied]:
        once(STORE_MODIFIERS, name, function)
        return function

    return register


def read_flag_name(octets: bytes) -> str:
    r"""The name of a flag as it is kept.

    Raises:
        Bad: a system flag that does not exist.
    """
    name = octets.decode("ascii")
    if not name.startswith("\\") or name.lower() == RECENT:
        return name
    if name.lower() not in _SYSTEM:
        raise Bad("No such system flag")
    return _SYSTEM[name.lower()]


def read_change(cursor: Cursor) -> Change:
    """Read `FLAGS (...)`, `+FLAGS.SILENT a b` and their like."""
    found = cursor.match(_ITEM)
    if found is None:
        raise Bad("Missing argument" if cursor.ended else "Expected FLAGS, +FLAGS or -FLAGS")
    cursor.space()
    if cursor.sees(b"("):
        flags = list_of(FLAG, empty=True).parse(cursor)
    else:
        flags = [FLAG.parse(cursor)]
        while cursor.skip(b" "):
            flags.append(FLAG.parse(cursor))
    if len(flags) > LARGEST_FLAGS:
        raise Bad("Too many flags")
    names = [read_flag_name(flag) for flag in flags]
    kept = tuple(name for name in names if name.lower() != RECENT)
    mode = Mode(found.group(1).decode("ascii").upper())
    return Change(FlagChange(mode, kept), found.group(2) is not None)


def read_modifiers(cursor: Cursor) -> list[Applied]:
    """Read ` (NAME value ...)` if it is there."""
    if not cursor.sees(b" ("):
        return []
    cursor.space()
    unread = STORE_MODIFIERS.copy()

    def modifier(cursor: Cursor) -> Applied:
        read = unread.pop(cursor.word(), None)
        if read is None:
            raise Bad("Unknown modifier, or one that stands twice")
        return read(cursor)

    return list_of(Parsed(modifier)).parse(cursor)


CHANGE: Element[Change] = Parsed(read_change)
MODIFIERS: Element[list[Applied]] = Parsed(read_modifiers, optional=True)


@command(b"STORE", MESSAGES, MODIFIERS, CHANGE, states=State.SELECTED, holds_expunge=True)
async def store(session: Session, messages: Uids, modifiers: list[Applied], change: Change) -> Done:
    """Change flags in steps, each on disk before its outcome is told."""
    view = writable(session)
    change = permitted(view, change)
    conditions = Conditions()
    for apply in modifiers:
        apply(session, conditions)
    failed: list[int] = []
    done = 0
    for step in steps(messages):
        stored = await store_step(view.mailbox, step, change.flags, conditions.unchanged_since)
        failed += stored.failed
        view.tell_stored(
            step,
            stored,
            silent=change.silent,
            conditional=conditions.unchanged_since != EVER,
        )
        done += len(step)
        if session.progress is not None:
            session.progress.count(done, len(messages))
        await session.drained()
    if failed:
        return Done(b"MODIFIED " + _as_told(session, view, failed), "Some were changed meanwhile")
    return Done()


def permitted(view: SelectedView, change: Change) -> Change:
    """What of a change may be done: flags that may not be set are passed over (RFC 4314 §4).

    Raises:
        NotPermitted: nothing of it may be.
    """
    rights = view.access.rights
    if rights == ALL:
        return change
    names = allowed_flags(rights, change.flags.names)
    within = allowed_word(rights)
    if not (names or (change.flags.mode is Mode.REPLACE and within and not change.flags.names)):
        raise NotPermitted
    return evolve(change, flags=FlagChange(change.flags.mode, names, within))


def _as_told(session: Session, view: SelectedView, uids: list[int]) -> bytes:
    """UIDs as the command was given: itself in UIDs or in numbers (RFC 7162 §3.1.3)."""
    return uid_set(uids if session.by_uid else view.numbers.of_all(uids))
