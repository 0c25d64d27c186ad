"""Which mailboxes an ESEARCH means: the mailbox specifiers of RFC 5465 §6 and RFC 7377 §2.2.

Each is a row of `SPECIFIERS`. What is named and is not there, or not the client's to read, is
passed over: nobody learns which of the two it is.
"""

from collections.abc import Callable, Iterable

from attrs import frozen

from mailsuite.imap.answers import Bad
from mailsuite.imap.elements import MAILBOX, list_of
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.ports import Session, State
from mailsuite.store.mailboxes import DELIMITER, INBOX, MailboxRow
from mailsuite.store.rights import Right

LARGEST_NAMES = 1_000


@frozen
class Known:
    """What specifiers are about, beside the mailboxes themselves."""

    account_id: int
    selected: int  # the mailbox's id; 0: none is selected
    subscribed: frozenset[str]


Means = Callable[[MailboxRow, tuple[str, ...], Known], bool]


@frozen
class Specifier:
    """One row: whether names follow, whether a mailbox is meant, and what one must be allowed."""

    names: bool
    means: Means
    rights: Right = Right.READ | Right.LOOKUP  # RFC 7377 §2.2


def _below(row: MailboxRow, names: tuple[str, ...], _: Known) -> bool:
    return any(row.name == name or row.name.startswith(name + DELIMITER) for name in names)


def _own(row: MailboxRow, _: tuple[str, ...], known: Known) -> bool:
    return row.account_id == known.account_id


def _inbox(row: MailboxRow, names: tuple[str, ...], known: Known) -> bool:
    return row.name == INBOX and _own(row, names, known)


def _right_below(row: MailboxRow, names: tuple[str, ...], _: Known) -> bool:
    return row.name in names or row.name.rpartition(DELIMITER)[0] in names


SPECIFIERS = {
    b"SELECTED": Specifier(
        names=False, means=lambda row, _, known: row.id == known.selected, rights=Right.READ
    ),
    b"INBOXES": Specifier(names=False, means=_inbox),
    b"PERSONAL": Specifier(names=False, means=_own),
    b"SUBSCRIBED": Specifier(names=False, means=lambda row, _, known: row.name in known.subscribed),
    b"SUBTREE": Specifier(names=True, means=_below),
    b"SUBTREE-ONE": Specifier(names=True, means=_right_below),
    b"MAILBOXES": Specifier(
        names=True, means=lambda row, names, _: row.name in names, rights=Right.READ
    ),
}


@frozen
class Source:
    """One specifier as it was written."""

    name: bytes
    names: tuple[str, ...] = ()


SELECTED = Source(b"SELECTED")
_NAMES = list_of(MAILBOX)


def read_source(cursor: Cursor) -> Source:
    """Read a filter-mailboxes (RFC 5465 §8, RFC 7377 §4).

    Raises:
        Bad: there is no such specifier, or too many names follow.
    """
    name = cursor.word()
    row = SPECIFIERS.get(name)
    if row is None:
        raise Bad("Unknown mailbox specifier")
    if not row.names:
        return Source(name)
    cursor.space()
    names = _NAMES.parse(cursor) if cursor.sees(b"(") else [MAILBOX.parse(cursor)]
    if len(names) > LARGEST_NAMES:
        raise Bad("Too many names")
    return Source(name, tuple(names))


async def meant_by(session: Session, sources: Iterable[Source]) -> list[MailboxRow]:
    """Return the mailboxes that any of the specifiers means, each once, by name."""
    sources = list(sources)
    selected = session.view.mailbox.row.id if session.state is State.SELECTED else 0
    subscribed: frozenset[str] = frozenset()
    if any(source.name == b"SUBSCRIBED" for source in sources):
        subscribed = frozenset(await session.mailboxes.subscriptions())
    known = Known(session.account.id, selected, subscribed)

    def means(source: Source, row: MailboxRow) -> bool:
        specifier = SPECIFIERS[source.name]
        allowed = specifier.rights in row.rights
        return allowed and specifier.means(row, source.names, known)

    rows = await session.mailboxes.listing()
    return [row for row in rows if any(means(source, row) for source in sources)]
