"""CONDSTORE (RFC 7162 §3.1): all that the suite knows of it but the modseqs themselves."""

from mailsuite.imap.commands.store import Applied as StoreApplied
from mailsuite.imap.commands.store import Conditions, store_modifier
from mailsuite.imap.fetch.asked import Applied as FetchApplied
from mailsuite.imap.fetch.asked import Asked, fetch_modifier
from mailsuite.imap.fetch.batch import Message
from mailsuite.imap.grammar import LARGEST64
from mailsuite.imap.ports import Manner
from mailsuite.imap.registry import (
    Bad,
    Cursor,
    Session,
    enables,
    fetch_item,
    parsed_by,
    select_parameter,
    status_item,
)
from mailsuite.imap.searching.program import Level, Search, Test, search_key
from mailsuite.imap.tables import tells
from mailsuite.imap.view import CONDSTORE, enable_condstore, tell_highest
from mailsuite.store.mailboxes import MailboxRow


@fetch_item(b"MODSEQ", needs=("modseq",), capability=CONDSTORE)
def modseq(message: Message) -> bytes:
    """The message's modification number (RFC 7162 §3.1.5)."""
    return b"(%d)" % message.modseq


@fetch_modifier(b"CHANGEDSINCE")
def changed_since(cursor: Cursor) -> FetchApplied:
    """Only messages that changed after this modseq, with theirs (RFC 7162 §3.1.4.1).

    0 is no valid modseq, and Apple's programs send it: everything changed since.
    """
    cursor.space()
    since = cursor.number(LARGEST64)

    def apply(session: Session, asked: Asked) -> None:
        enable_condstore(session)
        asked.changed_since = since
        asked.add(b"MODSEQ")

    return apply


@store_modifier(b"UNCHANGEDSINCE")
def unchanged_since(cursor: Cursor) -> StoreApplied:
    """Only messages that did not change after this modseq (RFC 7162 §3.1.3)."""
    cursor.space()
    since = cursor.number(LARGEST64)

    def apply(session: Session, conditions: Conditions) -> None:
        enable_condstore(session)
        conditions.unchanged_since = since

    return apply


@status_item(b"HIGHESTMODSEQ", enabling=enable_condstore)
def highest_modseq(row: MailboxRow) -> int:
    """The mailbox's highest modseq (RFC 7162 §3.1.7)."""
    return row.modseq


@select_parameter(CONDSTORE)
def select_condstore(session: Session) -> None:
    """SELECT INBOX (CONDSTORE) (RFC 7162 §3.1.8); the modseq comes with the mailbox."""
    session.enabled.add(CONDSTORE)


tells(CONDSTORE, Manner.UIDS | Manner.MODSEQS)


@enables(CONDSTORE)
def enable(session: Session) -> None:
    """ENABLE CONDSTORE (RFC 7162 §3.1): the client is told where the mailbox stands."""
    tell_highest(session)


def _read_modseq(cursor: Cursor) -> int:
    """Read `[entry-name entry-type] n`; the entry is read over (RFC 7162 §3.1.5)."""
    if cursor.sees(b'"'):
        cursor.quoted()
        cursor.space()
        if cursor.word() not in {b"ALL", b"SHARED", b"PRIV"}:
            raise Bad("Expected all, shared or priv")
        cursor.space()
    return cursor.number(LARGEST64)


@search_key(b"MODSEQ", parsed_by(_read_modseq))
def search_modseq(search: Search, since: int) -> Test:
    """Messages whose modseq is that or higher (RFC 7162 §3.1.5)."""
    enable_condstore(search.session)
    search.by_modseq = True
    return Test(Level.ARRAYS, lambda modseq: modseq >= since, "modseqs")
