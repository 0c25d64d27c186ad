"""RESP-CODES and AUTH-RESP-CODE: why something failed, for programs (RFC 2449 §6.4, RFC 3206).

The codes stand in `mailsuite.wire.replies`: [AUTH], [IN-USE], [SYS/TEMP], [SYS/PERM].
"""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import capability


@capability(b"RESP-CODES")
def codes(_: Session) -> bytes:
    """A text in brackets after -ERR is a code (RFC 2449 §6.4)."""
    return b""


@capability(b"AUTH-RESP-CODE")
def auth_codes(_: Session) -> bytes:
    """[AUTH] is told where the credentials are at fault, and nowhere else (RFC 3206 §6)."""
    return b""
