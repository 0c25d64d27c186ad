"""UTF8: header fields as they are stored, and names and passwords in UTF-8 (RFC 6856 §2).

Who does not say it gets surrogates (`mailsuite.message.surrogate`).
"""

from mailsuite.pop3.ports import Session, Spelling
from mailsuite.pop3.registry import State, capability, command, nothing, ok


@command(b"UTF8", nothing, states=State.AUTHORIZATION)
async def utf8(session: Session, _: None) -> bytes:
    """Send what is stored, without surrogates, from now on (RFC 6856 §2.1)."""
    session.spelling = Spelling.UTF8
    return ok("In UTF-8")


@capability(b"UTF8")
def offered(_: Session) -> bytes:
    """UTF8 is there, and USER and PASS take UTF-8 without it too (RFC 6856 §2.2)."""
    return b"USER"
