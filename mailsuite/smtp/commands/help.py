"""HELP (RFC 5321 §4.1.1.8)."""

from mailsuite.smtp.grammar import anything, reply
from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import COMMANDS, State, command


@command(b"HELP", anything, states=State.ANY)
async def help_(_: Session, __: bytes) -> bytes:
    """Name the commands."""
    return reply(214, "2.0.0", b" ".join(sorted(COMMANDS)).decode())
