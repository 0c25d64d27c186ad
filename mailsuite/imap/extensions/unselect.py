"""UNSELECT (RFC 3691)."""

from mailsuite.imap.registry import Done, Session, State, command


@command(b"UNSELECT", states=State.SELECTED, capability=b"UNSELECT")
async def unselect(session: Session) -> Done:
    """Let the mailbox go; nothing is expunged (RFC 3691 §2)."""
    session.select(None)
    return Done()
