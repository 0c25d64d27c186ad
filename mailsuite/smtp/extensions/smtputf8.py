"""SMTPUTF8 (RFC 6531): addresses and header fields in UTF-8."""

from attrs import evolve

from mailsuite.smtp.grammar import nothing
from mailsuite.smtp.ports import Envelope, Session
from mailsuite.smtp.registry import keyword, mail_parameter


@keyword(b"SMTPUTF8")
def smtputf8(_: Session) -> bytes:
    """Say so (RFC 6531 §3.1)."""
    return b""


@mail_parameter(b"SMTPUTF8", nothing)
def asked(envelope: Envelope, _: None, __: Session) -> Envelope:
    """Note that the message needs it, here and at the next host (RFC 6531 §3.4)."""
    return evolve(envelope, smtputf8=True)
