"""UIDL: an id of each message that never changes (RFC 1939 §7; RFC 2449 §6.8)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import capability, command, ok, optional_number
from mailsuite.pop3.session import listing


@command(b"UIDL", optional_number)
async def ids(session: Session, number: int | None) -> bytes:
    """Tell one id, or all without those of messages marked (RFC 1939 §7).

    It is the placement's own stored id: whatever IMAP does beside us, and after a restore that
    changes UIDVALIDITY, a client that leaves mail on the server fetches nothing twice (P3).
    """
    maildrop = session.maildrop
    if number is not None:
        return ok(f"{session.message(number)} {maildrop.uidl(number):x}")
    lines = (b"%d %x\r\n" % (n, maildrop.uidl(n)) for n in maildrop.numbers())
    await session.send(listing(ok(), lines))
    return b""


@capability(b"UIDL")
def offered(_: Session) -> bytes:
    """UIDL is there (RFC 2449 §6.8)."""
    return b""
