"""NOOP: still there (RFC 1939 §5)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import command, nothing, ok


@command(b"NOOP", nothing)
async def noop(_session: Session, _: None) -> bytes:
    """Put the automatic logout off, and nothing else (RFC 1939 §5)."""
    return ok()
