"""QUIT: the end (RFC 5321 §4.1.1.10)."""

from mailsuite.smtp.grammar import nothing, reply
from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import State, command


@command(b"QUIT", nothing, states=State.ANY)
async def quit_(session: Session, _: None) -> bytes:
    """Say goodbye and close; a transaction in hand is forgotten."""
    session.part(reply(221, "2.0.0", "Bye"))
    return b""
