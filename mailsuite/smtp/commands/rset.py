"""RSET: the transaction ends without a message (RFC 5321 §4.1.1.5)."""

from mailsuite.smtp.grammar import nothing, reply
from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import State, command


@command(b"RSET", nothing, states=State.ANY)
async def rset(session: Session, _: None) -> bytes:
    """Forget sender, recipients and chunks; whoever signed in stays so."""
    session.reset()
    return reply(250, "2.0.0", "Ok")
