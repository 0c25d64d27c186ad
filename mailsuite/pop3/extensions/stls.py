"""STLS: from here on in TLS (RFC 2595 §4)."""

from mailsuite.pop3.ports import Session, Spelling
from mailsuite.pop3.registry import Refusal, State, capability, command, nothing, ok


@command(b"STLS", nothing, states=State.AUTHORIZATION)
async def secure(session: Session, _: None) -> bytes:
    """Answer in clear, drop what came too early, begin the handshake (RFC 2595 §4).

    What follows STLS in the same segment was never protected: it is dropped and logged, or an
    attacker could put commands before the client's own (threat W3).
    """
    if session.spelling is Spelling.UTF8:
        raise Refusal("Not after UTF8")  # RFC 6856 §2.1: its client is at fault
    if not _possible(session):
        raise Refusal("TLS is on already" if session.link.tls else "TLS is not there")
    session.link.write(ok("Begin TLS"))
    dropped = session.engine.forget()
    if dropped:
        session.warn("{n} octets before TLS dropped", n=str(dropped))
    session.link.start_tls()
    return b""


@capability(b"STLS")
def offered(session: Session) -> bytes | None:
    """STLS is there before sign-in and in clear (RFC 2595 §4)."""
    return b"" if _possible(session) and session.state is State.AUTHORIZATION else None


def _possible(session: Session) -> bool:
    return session.link.tls is None and session.services.starts_tls
