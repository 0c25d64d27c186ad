"""LIMITS (RFC 9422): what a client may ask of one session, told before it asks."""

from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import keyword

MOST = 999_999  # the grammar's six digits (RFC 9422 §3)


@keyword(b"LIMITS")
def limits(session: Session) -> bytes:
    """Tell how many RCPT one transaction may have (RFC 9422 §4.2); messages are as many as come."""
    return b"RCPTMAX=%d" % min(session.limits.smtp_recipients, MOST)
