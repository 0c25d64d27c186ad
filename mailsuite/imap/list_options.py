"""The options of LIST (RFC 5258 §3.1, §3.2): what selects mailboxes, and what is told of them.

Each extension registers its own.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from attrs import frozen

from mailsuite.imap.elements import Element
from mailsuite.imap.listing import Entry
from mailsuite.imap.ports import Session
from mailsuite.imap.tables import once
from mailsuite.store.mailboxes import MailboxRow

Selects = Callable[[Entry], bool]
Line = Callable[[Entry, Any, bytes], bytes | None]
Before = Callable[[Session, Sequence[MailboxRow], Any], Awaitable[Any]]


@frozen
class ListReturn:
    """A return option: its argument, and the response that it adds to an entry's own."""

    argument: Element[Any] | None
    line: Line | None
    before: Before | None


LIST_SELECTIONS: dict[bytes, Selects | None] = {}
LIST_RETURNS: dict[bytes, ListReturn] = {}


def list_selection(name: bytes, selects: Selects | None) -> None:
    """Register a selection option: `selects(entry)`, or None if it only adds."""
    once(LIST_SELECTIONS, name, selects)


def list_return(
    name: bytes,
    argument: Element[Any] | None = None,
    line: Line | None = None,
    before: Before | None = None,
) -> None:
    """Register a return option.

    `line(entry, value, name)` is an untagged response about a mailbox that was selected, its name
    given as the client reads it. What it needs of the store is read for all of them at once:
    `before(session, rows, value)` gives the value that `line` gets.
    """
    once(LIST_RETURNS, name, ListReturn(argument, line, before))
