"""UNAUTHENTICATE (RFC 8437): the connection stays, and nothing of whoever was signed in."""

from mailsuite.imap.registry import Done, Session, State, command


@command(b"UNAUTHENTICATE", states=State.AUTHENTICATED, capability=b"UNAUTHENTICATE")
async def unauthenticate(session: Session) -> Done:
    """Go back to where nobody is signed in; only TLS and ID stay (RFC 8437 §3, §4.1).

    Compression ends after the OK: §4.1 says so, though TLS stays.
    """
    session.sign_out()
    return Done(after=session.link.end_deflate if session.link.deflated else None)
