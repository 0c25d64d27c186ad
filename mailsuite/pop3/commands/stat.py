"""STAT: how much is there (RFC 1939 §5)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import command, nothing, ok


@command(b"STAT", nothing)
async def stat(session: Session, _: None) -> bytes:
    """Count of messages, and their octets together, without those marked (RFC 1939 §5)."""
    return ok(f"{session.maildrop.count} {session.maildrop.octets}")
