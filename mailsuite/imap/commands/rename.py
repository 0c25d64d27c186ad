"""RENAME (RFC 3501 §6.3.5)."""

from mailsuite.imap.registry import MAILBOX, Done, Session, State, command


@command(b"RENAME", MAILBOX, MAILBOX, states=State.AUTHENTICATED)
async def rename(session: Session, old: str, new: str) -> Done:
    """Rename a mailbox and what stands below it; INBOX stays, its messages move (§6.3.5)."""
    await session.mailboxes.rename(old, new)
    return Done()
