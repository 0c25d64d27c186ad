"""RENAME (RFC 3501 §6.3.5)."""

from mailsuite.imap.listing import tell_normalized
from mailsuite.imap.registry import MAILBOX, Done, Session, State, command
from mailsuite.mailbox.names import canonical_name


@command(b"RENAME", MAILBOX, MAILBOX, states=State.AUTHENTICATED)
async def rename(session: Session, old: str, new: str) -> Done:
    """Rename a mailbox and what stands below it; INBOX stays, its messages move (§6.3.5)."""
    renamed = await session.mailboxes.rename(old, new)
    if canonical_name(old) != old or renamed != new.removesuffix("/"):
        tell_normalized(session, old, renamed)
    return Done()
