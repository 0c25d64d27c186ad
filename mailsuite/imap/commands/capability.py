"""CAPABILITY (RFC 3501 §6.1.1): made from the tables."""

from mailsuite.imap.registry import Done, Session, State, capabilities, command


@command(b"CAPABILITY", states=State.ANY)
async def capability(session: Session) -> Done:
    """Tell what this session can do now (RFC 3501 §6.1.1)."""
    session.untagged(b"CAPABILITY " + capabilities(session))
    return Done()
