"""STARTTLS (RFC 3207)."""

from mailsuite.smtp.grammar import Refusal, nothing, reply
from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import State, command, keyword


@keyword(b"STARTTLS")
def offered(session: Session) -> bytes | None:
    """Offer it where it is possible and not done yet (RFC 3207 §4)."""
    return b"" if session.services.tls and session.link.tls is None else None


@command(b"STARTTLS", nothing, states=State.ANY)
async def starttls(session: Session, _: None) -> bytes:
    """Begin the handshake; what was pipelined behind it is dropped (RFC 3207 §4.2, threat W3)."""
    if session.link.tls is not None:
        raise Refusal(503, "5.5.1", "TLS is there already")
    if not session.services.tls:
        raise Refusal(454, "4.7.0", "TLS is not available")
    if session.engine.held:
        session.warn("octets after STARTTLS dropped")
    session.engine.forget()
    session.link.write(reply(220, "2.0.0", "Begin TLS"))
    session.link.start_tls()
    return b""
