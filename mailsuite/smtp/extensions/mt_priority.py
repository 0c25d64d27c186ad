"""MT-PRIORITY (RFC 6710): which messages go first when many wait.

The levels are those of the policy MIXER: urgent, normal and non-urgent.
"""

from attrs import evolve

from mailsuite.message.terms import priority
from mailsuite.smtp.grammar import Refusal
from mailsuite.smtp.ports import Envelope, Kind, Session
from mailsuite.smtp.registry import keyword, mail_parameter


@keyword(b"MT-PRIORITY")
def offered(_: Session) -> bytes:
    """Name the policy (RFC 6710 §9.2)."""
    return b"MIXER"


def value(given: bytes) -> int:
    """Read a priority-value (RFC 6710 §7).

    Raises:
        Refusal: it is none.
    """
    read = priority(given.decode("latin-1"))
    if read is None:
        raise Refusal(501, "5.5.2", "MT-PRIORITY is a number from -9 to 9")
    return read


@mail_parameter(b"MT-PRIORITY", value)
def asked(envelope: Envelope, given: int, session: Session) -> Envelope:
    """Note it; a stranger may ask for less than others, never for more (RFC 6710 §4.1)."""
    if given > 0 and session.kind is Kind.MX and not session.trusted:
        told = ("2.3.6", "0 is the new priority: yours was not granted")
        return evolve(envelope, priority_given=True, answer=told)
    terms = evolve(envelope.terms, priority=given)
    return evolve(envelope, terms=terms, priority_given=True)
