"""AUTH: signing in by a SASL mechanism (RFC 5034)."""

from functools import partial

from mailsuite.directory.sasl.exchange import CANCEL, Exchange, decoded, encoded
from mailsuite.pop3.ports import Account, Session
from mailsuite.pop3.registry import Auth, Refusal, State, auth, capability, challenge, command


@command(b"AUTH", auth, states=State.AUTHORIZATION)
async def authenticate(session: Session, given: Auth) -> bytes:
    """Begin an exchange, with the client's first response where it came along (RFC 5034 §4)."""
    session.require_privacy()
    begun = session.services.directory.begin(given.mechanism, session.link, "pop3")
    if begun is None:
        raise Refusal("That mechanism is not there")
    if given.initial is None:
        return _ask(session, begun, begun.opening)
    return await _step(session, begun, given.initial)


async def _answered(session: Session, begun: Exchange, line: bytes) -> bytes:
    if line == CANCEL:
        raise Refusal("Cancelled")
    return await _step(session, begun, line)


async def _step(session: Session, begun: Exchange, response: bytes) -> bytes:
    found = await begun.step(decoded(response))
    if isinstance(found, Account):
        return await session.enter(found)
    return _ask(session, begun, found)


def _ask(session: Session, begun: Exchange, octets: bytes) -> bytes:
    session.engine.expect_response()
    session.respond = partial(_answered, session, begun)
    return challenge(encoded(octets))


@capability(b"SASL")
def offered(session: Session) -> bytes | None:
    """The mechanisms, where a password may be told (RFC 5034 §3)."""
    if not session.private:
        return None
    return " ".join(session.services.directory.mechanisms(session.link)).encode()
