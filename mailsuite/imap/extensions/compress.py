"""COMPRESS=DEFLATE (RFC 4978): all that IMAP knows of it; `wire.deflating` does the work."""

from mailsuite.imap.registry import WORD, Bad, Done, No, Session, State, command


@command(b"COMPRESS", WORD, states=State.AUTHENTICATED, capability=b"COMPRESS=DEFLATE")
async def compress(session: Session, mechanism: bytes) -> Done:
    """Compress both directions after the OK (RFC 4978 §3).

    Only who has signed in may: a stranger's octets are never inflated.
    """
    if mechanism != b"DEFLATE":
        raise Bad("Unknown compression")
    if session.link.deflated:
        raise No(b"COMPRESSIONACTIVE", "DEFLATE is on already")
    return Done(text="DEFLATE active", after=session.compress)
