"""CLOSE (RFC 3501 §6.4.2)."""

from mailsuite.imap.registry import Done, Session, State, command
from mailsuite.imap.view import view_of
from mailsuite.mailbox.changing import expunge
from mailsuite.store.rights import Right


@command(b"CLOSE", states=State.SELECTED)
async def close(session: Session) -> Done:
    """Remove what is marked as deleted, without a word, and let the mailbox go (§6.4.2)."""
    view = view_of(session)
    # Who may not expunge is told nothing of it (RFC 4314 §4, CLOSE).
    if not view.read_only and Right.EXPUNGE in view.access.rights:
        async for _ in expunge(view.mailbox, None):
            pass
    session.select(None)
    return Done()
