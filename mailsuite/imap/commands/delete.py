"""DELETE (RFC 3501 §6.3.4)."""

from mailsuite.imap.listing import tell_normalized
from mailsuite.imap.registry import MAILBOX, Done, Session, State, command
from mailsuite.mailbox.names import canonical_name


@command(b"DELETE", MAILBOX, states=State.AUTHENTICATED)
async def delete(session: Session, name: str) -> Done:
    """Delete a mailbox with its messages; what stands below it stays (RFC 3501 §6.3.4)."""
    deleted = await session.mailboxes.delete(name)
    tell_normalized(session, name, canonical_name(name), b"\\NonExistent")
    if session.state is State.SELECTED and session.view.mailbox.id == deleted:
        session.select(None)
    return Done()
