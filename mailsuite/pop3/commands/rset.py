"""RSET: taking every mark away (RFC 1939 §5)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import command, nothing, ok


@command(b"RSET", nothing)
async def reset(session: Session, _: None) -> bytes:
    """Forget what was marked as deleted (RFC 1939 §5)."""
    session.maildrop.undelete_all()
    return ok(f"{session.maildrop.count} messages ({session.maildrop.octets} octets)")
