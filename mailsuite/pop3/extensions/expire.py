"""EXPIRE: how long mail stays on the server (RFC 2449 §6.7)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import capability


@capability(b"EXPIRE")
def never(_: Session) -> bytes:
    """Nothing goes before it is deleted (RFC 2449 §6.7)."""
    return b"NEVER"
