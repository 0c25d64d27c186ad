"""NOOP (RFC 3501 §6.1.2)."""

from mailsuite.imap.registry import Done, Session, State, command


@command(b"NOOP", states=State.ANY)
async def noop(session: Session) -> Done:
    """Do nothing; what changed is told before the OK, as for every command (RFC 3501 §6.1.2)."""
    del session
    return Done()
