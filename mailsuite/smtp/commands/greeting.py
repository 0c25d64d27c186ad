"""HELO, EHLO and LHLO: who speaks, and what is offered (RFC 5321 §4.1.1.1, RFC 2033 §4.1)."""

from mailsuite.smtp.grammar import Refusal, domain, reply, reply_lines
from mailsuite.smtp.ports import Kind, Session
from mailsuite.smtp.registry import KEYWORDS, State, command


@command(b"HELO", domain, states=State.ANY)
async def helo(session: Session, name: str) -> bytes:
    """Greet a client of before 1993; a transaction in hand ends (RFC 5321 §4.1.4)."""
    _refuse(session, Kind.LOCAL)
    _greeted(session, name)
    session.extended = False
    return reply(250, "", session.services.hostname)


@command(b"EHLO", domain, states=State.ANY)
async def ehlo(session: Session, name: str) -> bytes:
    """Greet a client, and tell it every keyword of the registry."""
    _refuse(session, Kind.LOCAL)
    return _hello(session, name)


@command(b"LHLO", domain, states=State.ANY)
async def lhlo(session: Session, name: str) -> bytes:
    """The same in LMTP: both sides know then how many replies there will be (RFC 2033 §4.1)."""
    _refuse(session, Kind.MX, Kind.SUBMISSION)
    return _hello(session, name)


def _refuse(session: Session, *kinds: Kind) -> None:
    if session.kind in kinds:
        raise Refusal(500, "5.5.1", "LMTP is greeted by LHLO, SMTP by EHLO")


def _hello(session: Session, name: str) -> bytes:
    _greeted(session, name)
    session.extended = True
    lines: list[bytes] = [session.services.hostname.encode()]
    for keyword, arguments in sorted(KEYWORDS.items()):
        told = arguments(session)
        if told is not None:
            lines.append(keyword + b" " + told if told else keyword)
    return reply_lines(250, lines)


def _greeted(session: Session, name: str) -> None:
    session.helo = name
    session.state = State.READY
    session.reset()
