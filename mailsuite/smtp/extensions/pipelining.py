"""PIPELINING (RFC 2920): commands are answered in order, however they were sent."""

from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import keyword


@keyword(b"PIPELINING")
def pipelining(_: Session) -> bytes:
    """Say so; the loop of every session works that way (RFC 2920 §3.2)."""
    return b""
