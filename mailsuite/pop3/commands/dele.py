"""DELE: marking a message as deleted (RFC 1939 §5)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import command, number, ok


@command(b"DELE", number)
async def delete(session: Session, wanted: int) -> bytes:
    """Mark it; nothing happens to it before QUIT (RFC 1939 §5, threat P2)."""
    session.maildrop.delete(session.message(wanted))
    return ok()
