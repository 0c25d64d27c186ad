"""Header fields that ask how the message be carried (RFC 8689 §3, RFC 6758 §4)."""

from attrs import evolve

from mailsuite.intake.envelope import Kind
from mailsuite.intake.letter import Letter
from mailsuite.message.header import fields, omit_fields, unfold
from mailsuite.message.terms import OPTIONAL, priority

TLS_REQUIRED, MT_PRIORITY = b"tls-required", b"mt-priority"


def read_terms(letter: Letter) -> None:
    """Note what they ask; what was asked beside MAIL outweighs them.

    A submitted message loses its MT-Priority, as the relay writes it where the next host does not
    know the parameter (RFC 6758 §3.3). From elsewhere it is kept: a signature may cover it.
    """
    if letter.mentions(TLS_REQUIRED) and not letter.terms.tls and _is_optional(letter):
        letter.terms = evolve(letter.terms, tls=OPTIONAL)
    if letter.mentions(MT_PRIORITY):
        _read_priority(letter)


def _is_optional(letter: Letter) -> bool:
    return [value.lower() for value in _values(letter, TLS_REQUIRED)] == [b"no"]


def _read_priority(letter: Letter) -> None:
    found = _values(letter, MT_PRIORITY)
    asked = priority(found[0].decode("latin-1")) if len(found) == 1 else None
    if asked is not None and not letter.envelope.priority_given:
        # Nobody may put himself before others who has not signed in (RFC 6710 §4.1).
        most = 0 if letter.source.kind is Kind.MX else asked
        letter.terms = evolve(letter.terms, priority=min(asked, most))
    if letter.source.kind is Kind.SUBMISSION:
        letter.header = omit_fields(letter.header, (MT_PRIORITY,))


def _values(letter: Letter, wanted: bytes) -> list[bytes]:
    return [unfold(value).strip() for name, value in fields(letter.header) if name == wanted]
