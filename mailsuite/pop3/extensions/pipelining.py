"""PIPELINING: commands may come before their predecessors' answers (RFC 2449 §6.6)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import capability


@capability(b"PIPELINING")
def offered(_: Session) -> bytes:
    """Every session answers in order, whatever came in one segment (RFC 2449 §6.6)."""
    return b""
