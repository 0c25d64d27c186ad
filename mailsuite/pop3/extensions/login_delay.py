"""LOGIN-DELAY: how long to wait between two sign-ins (RFC 2449 §6.5)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import capability


@capability(b"LOGIN-DELAY")
def seconds(session: Session) -> bytes | None:
    """Seconds between two sign-ins of an account, where the operator wants some (RFC 2449 §6.5)."""
    delay = session.services.limits.pop3_login_delay_seconds
    return b"%d" % delay if delay else None
