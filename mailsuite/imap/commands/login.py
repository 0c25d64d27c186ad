"""LOGIN (RFC 3501 §6.2.3), refused without TLS."""

from mailsuite.directory.identity import Account, Credentials
from mailsuite.errors import AuthenticationFailed, PrivacyRequired
from mailsuite.imap.registry import (
    ASTRING,
    Done,
    Session,
    State,
    advertise,
    capabilities,
    command,
)


@command(b"LOGIN", ASTRING, ASTRING, states=State.NOT_AUTHENTICATED)
async def login(session: Session, user: bytes, password: bytes) -> Done:
    """Sign in by name and password; the OK carries the capabilities (RFC 3501 §6.2.3)."""
    if in_clear(session):
        raise PrivacyRequired
    try:
        credentials = Credentials(user.decode(), password.decode())
    except UnicodeDecodeError:
        # The cause would carry the password into a log.
        raise AuthenticationFailed from None
    return signed_in(session, await session.sign_in(credentials))


def signed_in(session: Session, account: Account) -> Done:
    """Take somebody in, and return the OK with the capabilities: most clients then ask no more."""
    session.enter(account)
    return Done(b"CAPABILITY " + capabilities(session), "Signed in")


def in_clear(session: Session) -> bool:
    """Say whether a password would travel in clear where it may not."""
    return session.link.tls is None and not session.plaintext


advertise(b"LOGINDISABLED", states=State.NOT_AUTHENTICATED, offered=in_clear)
