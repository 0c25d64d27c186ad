"""STARTTLS (RFC 3501 §6.2.1)."""

from mailsuite.imap.registry import Bad, Done, Session, State, advertise, command


@command(b"STARTTLS", states=State.NOT_AUTHENTICATED)
async def starttls(session: Session) -> Done:
    """Begin TLS after the OK; octets that came with the command are dropped (RFC 3501 §6.2.1)."""
    if session.link.tls is not None:
        raise Bad("TLS is on already")
    return Done(text="Begin TLS now", after=session.secure)


def _in_clear(session: Session) -> bool:
    return session.link.tls is None


advertise(b"STARTTLS", states=State.NOT_AUTHENTICATED, offered=_in_clear)
