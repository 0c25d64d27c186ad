"""ENHANCEDSTATUSCODES (RFC 2034): every reply but greetings says more exactly what is meant."""

from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import keyword


@keyword(b"ENHANCEDSTATUSCODES")
def enhanced_status_codes(_: Session) -> bytes:
    """Say so (RFC 2034 §3); `reply` of the grammar puts them in."""
    return b""
