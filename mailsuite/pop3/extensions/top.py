"""TOP: a message's header and its first lines (RFC 1939 §7; RFC 2449 §6.1)."""

from mailsuite.pop3.registry import Top, capability, command, ok, top
from mailsuite.pop3.session import Session, message_lines


@command(b"TOP", top)
async def beginning(session: Session, wanted: Top) -> bytes:
    """Send the header, its empty line, and so many lines of the body (RFC 1939 §7)."""
    octets = await session.maildrop.top(session.message(wanted.number), wanted.lines)
    await session.send(message_lines(ok(), octets))
    return b""


@capability(b"TOP")
def offered(_: Session) -> bytes:
    """TOP is there (RFC 2449 §6.1)."""
    return b""
