"""REQUIRETLS (RFC 8689): the message goes over verified TLS all the way, or back to its sender."""

from attrs import evolve

from mailsuite.message.terms import REQUIRED
from mailsuite.smtp.grammar import Refusal, nothing
from mailsuite.smtp.ports import Envelope, Session
from mailsuite.smtp.registry import keyword, mail_parameter


@keyword(b"REQUIRETLS")
def offered(session: Session) -> bytes | None:
    """Offer it within TLS, where alone it may be asked for (RFC 8689 §2)."""
    return None if session.link.tls is None else b""


@mail_parameter(b"REQUIRETLS", nothing)
def asked(envelope: Envelope, _: None, session: Session) -> Envelope:
    """Tag the message; the relay obeys (RFC 8689 §4.1).

    Raises:
        Refusal: it came in clear.
    """
    if session.link.tls is None:
        raise Refusal(530, "5.7.10", "REQUIRETLS needs TLS here too")
    return evolve(envelope, terms=evolve(envelope.terms, tls=REQUIRED))
