"""LIST: the size of each message (RFC 1939 §5)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import command, ok, optional_number
from mailsuite.pop3.session import listing


@command(b"LIST", optional_number)
async def sizes(session: Session, number: int | None) -> bytes:
    """Tell one size, or all without those of messages marked (RFC 1939 §5)."""
    maildrop = session.maildrop
    if number is not None:
        return ok(f"{session.message(number)} {maildrop.size(number)}")
    lines = (b"%d %d\r\n" % (n, maildrop.size(n)) for n in maildrop.numbers())
    first = ok(f"{maildrop.count} messages ({maildrop.octets} octets)")
    await session.send(listing(session.said(first), lines))
    return b""
