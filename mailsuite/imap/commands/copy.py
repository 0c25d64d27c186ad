"""COPY and UID COPY (RFC 3501 §6.4.7)."""

from mailsuite.imap.registry import MAILBOX, MESSAGES, Done, Session, State, Uids, command
from mailsuite.imap.view import view_of
from mailsuite.imap.writing import uid_set
from mailsuite.mailbox import changing
from mailsuite.store.placements_copy import Copied


def copy_uid(copied: Copied) -> bytes:
    """The COPYUID code: old and new UIDs in the same order (RFC 4315 §3)."""
    return b"COPYUID %d %b %b" % (copied.uidvalidity, uid_set(copied.old), uid_set(copied.new))


@command(b"COPY", MESSAGES, MAILBOX, states=State.SELECTED)
async def copy(session: Session, messages: Uids, name: str) -> Done:
    """Copy messages with flags and dates, all or none (RFC 3501 §6.4.7)."""
    target = await session.mailboxes.target(name)
    copied = await changing.copy(view_of(session).mailbox, messages, target)
    return Done(copy_uid(copied) if copied.old else None)
