"""From the pieces of a command to its row in the table and its arguments (RFC 3501 §9, command)."""

from typing import Any

from mailsuite.imap.answers import Bad
from mailsuite.imap.elements import Arrives, Messages
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.incoming import Arriving
from mailsuite.imap.ports import Incoming, State, View
from mailsuite.imap.registry import Command, find_command

LARGEST_TAG = 100


def read_tag(cursor: Cursor) -> bytes:
    """Read the tag, which every answer to the command bears.

    Raises:
        Bad: there is none, or it is longer than any client's.
    """
    tag = cursor.tag()
    if len(tag) > LARGEST_TAG:
        raise Bad("Tag too long")
    return tag


def read_name(cursor: Cursor, state: State) -> tuple[Command, bool]:
    """Read the name behind the tag; return the command's row, and whether it is its UID form.

    Raises:
        Bad: there is no such command, or not in this state.
    """
    cursor.space()
    name = cursor.word()
    by_uid = name == b"UID"
    if by_uid:
        cursor.space()
        name = cursor.word()
    row = find_command(name, by_uid=by_uid)
    if row is None:
        raise Bad("Unknown command")
    if not row.states & state:
        raise Bad(_not_now(row, state))
    return row, by_uid


def read_arguments(
    cursor: Cursor, row: Command, view: View | None, literal: Incoming | None, *, by_uid: bool
) -> list[Any]:
    """Read what follows the name, by the row's grammar; of messages their UIDs.

    `literal` is still to come: it belongs to the command's last argument, which arrives with it.

    Raises:
        Bad: it is not as the grammar says, or a message number does not exist.
        Unfinished: the literal that is still to come is not the one that the command takes so.
    """
    arguments: list[Any] = []
    for element in row.grammar:
        if not element.optional:
            cursor.space()
        if isinstance(element, Arrives):
            arguments.append(Arriving(cursor, literal))
            return arguments
        value = element.parse(cursor)
        if isinstance(element, Messages):
            assert view is not None, "the table lets no such command through"
            view.written = value
            value = view.numbers.resolve(value, by_uid=by_uid)
        arguments.append(value)
    cursor.end()
    return arguments


def _not_now(row: Command, state: State) -> str:
    """Say why a command does not stand here."""
    if row.states == State.NOT_AUTHENTICATED:
        return "You are signed in already"
    return "Sign in first" if state is State.NOT_AUTHENTICATED else "Select a mailbox first"
