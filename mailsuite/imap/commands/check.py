"""CHECK (RFC 3501 §6.4.1)."""

from mailsuite.imap.registry import Done, Session, State, command


@command(b"CHECK", states=State.SELECTED)
async def check(session: Session) -> Done:
    """Do nothing: all that was answered is on disk already (RFC 3501 §6.4.1)."""
    del session
    return Done()
