"""NOOP: nothing happens (RFC 5321 §4.1.1.9)."""

from mailsuite.smtp.grammar import anything, reply
from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import State, command


@command(b"NOOP", anything, states=State.ANY)
async def noop(_: Session, __: bytes) -> bytes:
    """Show that we are alive; the argument is ignored."""
    return reply(250, "2.0.0", "Ok")
