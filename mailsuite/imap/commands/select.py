"""SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2), with parameters (RFC 4466 §2.1)."""

from collections.abc import Awaitable, Callable

from mailsuite.imap.registry import (
    MAILBOX,
    Bad,
    Cursor,
    Done,
    Session,
    State,
    command,
    list_of,
    optional,
    parsed_by,
)
from mailsuite.imap.tables import SELECT_PARAMETERS
from mailsuite.imap.view import SelectedView, open_view

Step = Callable[[SelectedView], Awaitable[None]]
Switch = Callable[[Session], Step | None]


def _parameter(cursor: Cursor) -> Switch:
    row = SELECT_PARAMETERS.get(cursor.word())
    if row is None:
        raise Bad("Unknown parameter")
    element, switch = row
    if element is None:
        return switch
    cursor.space()
    value = element.parse(cursor)
    return lambda session: switch(session, value)


PARAMETERS = optional(list_of(parsed_by(_parameter)), b"(")


@command(b"SELECT", MAILBOX, PARAMETERS, states=State.AUTHENTICATED)
async def select(session: Session, name: str, switches: list[Switch] | None) -> Done:
    """Select a mailbox to read and change it (RFC 3501 §6.3.1)."""
    view = await _open(session, name, switches or [], read_only=False)
    return Done(b"READ-ONLY" if view.read_only else b"READ-WRITE")


@command(b"EXAMINE", MAILBOX, PARAMETERS, states=State.AUTHENTICATED)
async def examine(session: Session, name: str, switches: list[Switch] | None) -> Done:
    """Select a mailbox to read it only (RFC 3501 §6.3.2)."""
    await _open(session, name, switches or [], read_only=True)
    return Done(b"READ-ONLY")


async def _open(
    session: Session, name: str, switches: list[Switch], *, read_only: bool
) -> SelectedView:
    # What is BAD is found before anything is closed.
    steps = [step for switch in switches if (step := switch(session)) is not None]
    if session.state is State.SELECTED:
        # What came before it is about the other mailbox (RFC 7162 §3.2.11).
        session.untagged(b"OK [CLOSED] Previous mailbox is now closed")
    # Whatever becomes of this one, the mailbox before it is no longer selected.
    session.select(None)
    view = await open_view(session, name, read_only=read_only)
    session.select(view)
    session.write(view.describe())
    for step in steps:
        await step(view)
    return view
