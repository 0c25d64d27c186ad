"""VRFY and EXPN: nobody is told who exists (RFC 5321 §3.5.3, §7.3; threat S5)."""

from mailsuite.smtp.grammar import Refusal, anything, reply
from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import State, command


@command(b"VRFY", anything, states=State.ANY)
async def vrfy(_: Session, __: bytes) -> bytes:
    """Neither confirm nor deny (RFC 5321 §3.5.3)."""
    return reply(252, "2.5.0", "Send some mail, and it will be tried")


@command(b"EXPN", anything, states=State.ANY)
async def expn(_: Session, __: bytes) -> bytes:
    """Show no list (RFC 5321 §3.5.2)."""
    raise Refusal(502, "5.5.1", "Lists are not shown")
