"""DELETE (RFC 3501 §6.3.4)."""

from mailsuite.imap.registry import MAILBOX, Done, Session, State, command


@command(b"DELETE", MAILBOX, states=State.AUTHENTICATED)
async def delete(session: Session, name: str) -> Done:
    """Delete a mailbox with its messages; what stands below it stays (RFC 3501 §6.3.4)."""
    row = await session.mailboxes.status(name) if session.state is State.SELECTED else None
    await session.mailboxes.delete(name)
    if row is not None and session.view.mailbox.id == row.id:
        session.select(None)
    return Done()
