"""USER and PASS: signing in by name and password (RFC 1939 §7)."""

from mailsuite.pop3.ports import Credentials, Session
from mailsuite.pop3.registry import Refusal, State, capability, command, ok, text


@command(b"USER", text, states=State.AUTHORIZATION)
async def user(session: Session, name: str) -> bytes:
    """Note the name; the answer is the same for every one (RFC 1939 §7, threat P6)."""
    session.require_privacy()
    session.user = name.strip(" ")
    return ok()


@command(b"PASS", text, states=State.AUTHORIZATION)
async def password(session: Session, given: str) -> bytes:
    """Sign in with the password, which may hold spaces (RFC 1939 §7)."""
    session.require_privacy()
    name, session.user = session.user, None
    if name is None:
        raise Refusal("USER comes first")
    return await session.sign_in(Credentials(name, given))


@capability(b"USER")
def offered(session: Session) -> bytes | None:
    """USER and PASS are there where a password may be told (RFC 2449 §6.2)."""
    return b"" if session.private else None
