"""SIZE (RFC 1870): a message that is too large is refused before it is sent."""

from attrs import evolve

from mailsuite.errors import MessageTooBig
from mailsuite.smtp.grammar import number
from mailsuite.smtp.ports import Envelope, Session
from mailsuite.smtp.registry import keyword, mail_parameter


@keyword(b"SIZE")
def largest(session: Session) -> bytes:
    """Tell the largest message accepted, in octets (RFC 1870 §4)."""
    return b"%d" % session.limits.message_octets


@mail_parameter(b"SIZE", number)
def declared(envelope: Envelope, octets: int, session: Session) -> Envelope:
    """Note the client's estimate before it sends anything (RFC 1870 §6.1).

    Raises:
        MessageTooBig: the client is spared the transfer.
    """
    if octets > session.limits.message_octets:
        raise MessageTooBig
    return evolve(envelope, declared_octets=octets)
