"""QUIT: the end, and in TRANSACTION state the moment of all deletes (RFC 1939 §5, §6)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import State, command, nothing, ok


@command(b"QUIT", nothing, states=State.ANY)
async def leave(session: Session, _: None) -> bytes:
    """Remove what is marked, all or nothing, before +OK; then close (RFC 1939 §6)."""
    session.part()
    if session.state is State.TRANSACTION:
        await session.maildrop.commit()
    return ok("Goodbye")
