"""RETR: a whole message (RFC 1939 §5)."""

from mailsuite.pop3.registry import command, number, ok
from mailsuite.pop3.session import Session, message_lines


@command(b"RETR", number)
async def retrieve(session: Session, wanted: int) -> bytes:
    """Send the message, byte-stuffed; its flags stay as they are (RFC 1939 §5)."""
    octets = await session.maildrop.read(session.message(wanted))
    await session.send(message_lines(ok(f"{len(octets)} octets"), octets))
    return b""
