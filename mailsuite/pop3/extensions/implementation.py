"""IMPLEMENTATION: what is speaking (RFC 2449 §6.9)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import capability


@capability(b"IMPLEMENTATION")
def name(_: Session) -> bytes:
    """The suite's name; its version is nobody's business before sign-in (RFC 2449 §6.9)."""
    return b"mailsuite"
