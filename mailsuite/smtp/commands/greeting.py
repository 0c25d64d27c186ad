"""HELO and EHLO: who speaks, and what is offered (RFC 5321 §4.1.1.1)."""

from mailsuite.smtp.grammar import domain, reply, reply_lines
from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import KEYWORDS, State, command


@command(b"HELO", domain, states=State.ANY)
async def helo(session: Session, name: str) -> bytes:
    """Greet a client of before 1993; a transaction in hand ends (RFC 5321 §4.1.4)."""
    _greeted(session, name)
    session.extended = False
    return reply(250, "", session.services.hostname)


@command(b"EHLO", domain, states=State.ANY)
async def ehlo(session: Session, name: str) -> bytes:
    """Greet a client, and tell it every keyword of the registry."""
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
