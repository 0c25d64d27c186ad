"""RETR: a whole message (RFC 1939 §5)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import command, number, ok


@command(b"RETR", number)
async def retrieve(session: Session, wanted: int) -> bytes:
    """Send the message, byte-stuffed; its flags stay as they are (RFC 1939 §5)."""
    drop, wanted = session.maildrop, session.message(wanted)
    await session.send_message(ok(f"{drop.size(wanted)} octets"), drop.read(wanted))
    return b""
