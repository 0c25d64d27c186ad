"""AUTHENTICATE (RFC 3501 §6.2.2) with an initial response (SASL-IR, RFC 4959)."""

from collections.abc import Callable

from mailsuite.directory.identity import Account
from mailsuite.directory.sasl.exchange import CANCEL, Exchange, Malformed, decoded
from mailsuite.directory.sasl.offer import MECHANISMS
from mailsuite.errors import PrivacyRequired
from mailsuite.imap.commands.login import in_clear, signed_in
from mailsuite.imap.registry import (
    WORD,
    Await,
    Bad,
    Cursor,
    Done,
    No,
    Session,
    State,
    advertise,
    command,
    optional,
    parsed_by,
)
from mailsuite.imap.writing import base64

BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
INITIAL = optional(parsed_by(Cursor.rest), BASE64)


@command(b"AUTHENTICATE", WORD, INITIAL, states=State.NOT_AUTHENTICATED, capability=b"SASL-IR")
async def authenticate(session: Session, mechanism: bytes, initial: bytes | None) -> Done | Await:
    """Sign in by a SASL mechanism; `=` is an empty initial response (RFC 4959 §3)."""
    if in_clear(session):
        raise PrivacyRequired
    attempt = session.begin(mechanism.decode("ascii"))
    if attempt is None:
        raise No(b"CANNOT", "No such mechanism")
    if initial is None:
        return _challenge(session, attempt, attempt.opening)
    return await _step(session, attempt, initial)


async def _step(session: Session, attempt: Exchange, response: bytes) -> Done | Await:
    if response == CANCEL:
        raise Bad("Cancelled")
    try:
        found = await attempt.step(decoded(response))
    except Malformed:
        raise Bad("Malformed response") from None
    if isinstance(found, Account):
        return signed_in(session, found)
    return _challenge(session, attempt, found)


def _challenge(session: Session, attempt: Exchange, challenge: bytes) -> Await:
    async def then(response: bytes) -> Done | Await:
        return await _step(session, attempt, response)

    return Await(base64(challenge), then)


def _offered(name: str) -> Callable[[Session], bool]:
    return lambda session: not in_clear(session) and name in session.mechanisms


for _mechanism in MECHANISMS:
    advertise(
        b"AUTH=" + _mechanism.encode("ascii"),
        states=State.NOT_AUTHENTICATED,
        offered=_offered(_mechanism),
    )
