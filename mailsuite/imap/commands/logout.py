"""LOGOUT (RFC 3501 §6.1.3)."""

from mailsuite.imap.registry import Done, Session, State, command


@command(b"LOGOUT", states=State.ANY)
async def logout(session: Session) -> Done:
    """Say goodbye, answer, close; nothing is expunged (RFC 3501 §6.1.3)."""
    session.select(None)
    session.state = State.LOGOUT
    session.untagged(b"BYE Goodbye")
    return Done(after=session.leave)
