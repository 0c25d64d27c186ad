"""NAMESPACE (RFC 2342): one personal namespace."""

from mailsuite.imap.registry import Done, Session, State, command


@command(b"NAMESPACE", states=State.AUTHENTICATED, capability=b"NAMESPACE")
async def namespace(session: Session) -> Done:
    """Tell where whose mailboxes stand (RFC 2342 §5); nobody sees another's yet."""
    session.untagged(b'NAMESPACE (("" "/")) NIL NIL')
    return Done()
