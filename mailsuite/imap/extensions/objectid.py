"""OBJECTID (RFC 8474): names for mailboxes, messages and threads that outlive UIDs and names.

EMAILID and THREADID are ids of the store's `message` table, which are never given out twice: a
restore that may go back begins a new range of them.
"""

import re

from mailsuite.imap.elements import parsed_by
from mailsuite.imap.fetch.batch import Message
from mailsuite.imap.registry import Bad, Cursor, fetch_item, status_item
from mailsuite.imap.searching.program import Search, search_key
from mailsuite.imap.searching.truth import Level, Test
from mailsuite.imap.tables import mailbox_code
from mailsuite.mailbox.thread_ids import ensure_threads
from mailsuite.store.mailboxes import MailboxRow

OBJECTID = b"OBJECTID"
_OBJECTID = re.compile(rb"[A-Za-z0-9_-]{1,255}")  # §7
_NUMBERED = re.compile(rb"[MT]([1-9][0-9]{0,17})")
NONE = -1


@mailbox_code
def mailbox_id(row: MailboxRow) -> bytes:
    """MAILBOXID, told at SELECT, EXAMINE and CREATE (RFC 8474 §4.1, §4.2)."""
    return b"MAILBOXID (%b)" % row.objectid.encode("ascii")


@status_item(b"MAILBOXID")
def status_mailbox_id(row: MailboxRow) -> bytes:
    """The mailbox's id: it outlives a RENAME (RFC 8474 §4.3)."""
    return b"(%b)" % row.objectid.encode("ascii")


@fetch_item(b"EMAILID", needs=("message_id",), capability=OBJECTID)
def email_id(message: Message) -> bytes:
    """The message's id: COPY and MOVE keep it (RFC 8474 §5.1)."""
    return b"(M%d)" % message.row.message_id


@fetch_item(b"THREADID", needs=("thread_id",), before=ensure_threads)
def thread_id(message: Message) -> bytes:
    """The id of its thread (RFC 8474 §5.2)."""
    return b"(T%d)" % message.row.thread_id if message.row.thread_id else b"NIL"


def read_objectid(cursor: Cursor) -> bytes:
    """Read an objectid as it was written (RFC 8474 §7)."""
    found = cursor.match(_OBJECTID)
    if found is None:
        raise Bad("Expected an object id")
    return found.group()


def _number(objectid: bytes, kind: bytes) -> int:
    """The id behind one of ours; `NONE` for another's, which nothing matches."""
    found = _NUMBERED.fullmatch(objectid)
    return int(found[1]) if found and objectid.startswith(kind) else NONE


@search_key(b"EMAILID", parsed_by(read_objectid))
def search_email_id(search: Search, objectid: bytes) -> Test:
    """Messages with this EMAILID (RFC 8474 §6)."""
    del search
    number = _number(objectid, b"M")
    return Test(Level.ARRAYS, number.__eq__, "message_ids")


@search_key(b"THREADID", parsed_by(read_objectid))
def search_thread_id(search: Search, objectid: bytes) -> Test:
    """Messages with this THREADID (RFC 8474 §6)."""
    number = _number(objectid, b"T")
    search.before.append(lambda: ensure_threads(search.view.mailbox))
    return Test(Level.META, lambda row: row.thread_id == number, needs=("thread_id",))
