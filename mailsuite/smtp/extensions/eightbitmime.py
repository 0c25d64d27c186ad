"""8BITMIME (RFC 6152): octets above 127 arrive as they are.

They do without BODY=8BITMIME too: Apple's Mail sends them so when SMTPUTF8 is offered.
"""

from attrs import evolve

from mailsuite.smtp.grammar import Refusal
from mailsuite.smtp.ports import Envelope, Session
from mailsuite.smtp.registry import BODIES, keyword, mail_parameter

BODIES.update(("7BIT", "8BITMIME"))


@keyword(b"8BITMIME")
def eight_bit_mime(_: Session) -> bytes:
    """Say so (RFC 6152 §2)."""
    return b""


def body(value: bytes) -> str:
    """Read a body type, of those that the extensions know.

    Raises:
        Refusal: another one.
    """
    name = value.upper().decode("latin-1")
    if name not in BODIES:
        raise Refusal(501, "5.5.4", "Body type not known")
    return name


@mail_parameter(b"BODY", body)
def body_type(envelope: Envelope, name: str, _: Session) -> Envelope:
    """Note what the message is made of: the relay must know (RFC 6152 §3)."""
    return evolve(envelope, body=name)
