"""TOP: a message's header and its first lines (RFC 1939 §7; RFC 2449 §6.1)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import Top, capability, command, ok, top


@command(b"TOP", top)
async def beginning(session: Session, wanted: Top) -> bytes:
    """Send the header, its empty line, and so many lines of the body (RFC 1939 §7)."""
    number = session.message(wanted.number)
    await session.send_message(ok(), session.maildrop.top(number, wanted.lines))
    return b""


@capability(b"TOP")
def offered(_: Session) -> bytes:
    """TOP is there (RFC 2449 §6.1)."""
    return b""
