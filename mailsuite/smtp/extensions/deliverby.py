"""DELIVERBY (RFC 2852): a message that is worth nothing after some time."""

import re

from attrs import evolve, frozen

from mailsuite.message.terms import RETURN
from mailsuite.smtp.grammar import syntax
from mailsuite.smtp.ports import Envelope, Session
from mailsuite.smtp.registry import keyword, mail_check, mail_parameter

_VALUE = re.compile(rb"([-+]?[0-9]{1,9});([NR])(T?)", re.IGNORECASE)


@keyword(b"DELIVERBY")
def deliver_by(_: Session) -> bytes:
    """Say so; no time is too short here (RFC 2852 §2)."""
    return b""


@frozen
class By:
    """What follows BY=."""

    seconds: int
    mode: str
    trace: bool


def by(value: bytes) -> By:
    """Read it (RFC 2852 §4).

    Raises:
        Refusal: no by-value, or the time to return it by is over already.
    """
    found = _VALUE.fullmatch(value)
    if found is None:
        raise syntax("BY is seconds, a semicolon, and N or R")
    read = By(int(found[1]), found[2].upper().decode("ascii"), bool(found[3]))
    if read.mode == RETURN and read.seconds <= 0:
        raise syntax("BY with R needs a time to come")
    return read


@mail_parameter(b"BY", by)
def asked(envelope: Envelope, given: By, session: Session) -> Envelope:
    """Note the time by this host's clock, which is the one that counts (RFC 2852 §4)."""
    terms = evolve(
        envelope.terms,
        deliver_by=int(session.services.clock()) + given.seconds,
        by_mode=given.mode,
        by_trace=given.trace,
    )
    return evolve(envelope, terms=terms)


@mail_check
async def fits(_: Session, envelope: Envelope) -> None:
    """It may not be held beyond the time that it must be there (RFC 4865 §5.2.2).

    Raises:
        Refusal: it would be.
    """
    if envelope.terms.contradict:
        raise syntax("It would be released after the time that it must be delivered by")
