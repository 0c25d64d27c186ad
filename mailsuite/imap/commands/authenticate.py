"""AUTHENTICATE (RFC 3501 §6.2.2) with an initial response (SASL-IR, RFC 4959)."""

from mailsuite.directory.identity import Credentials
from mailsuite.directory.sasl import CANCEL, Exchange, Malformed, decoded, exchange, mechanisms
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
    attempt = exchange(mechanism.decode("ascii"))
    if attempt is None:
        raise No(b"CANNOT", "No such mechanism")
    if initial is None:
        return _challenge(session, attempt, attempt.opening)
    return await _step(session, attempt, initial)


async def _step(session: Session, attempt: Exchange, response: bytes) -> Done | Await:
    if response == CANCEL:
        raise Bad("Cancelled")
    try:
        given = attempt.step(decoded(response))
    except Malformed:
        raise Bad("Malformed response") from None
    if isinstance(given, Credentials):
        return await signed_in(session, given)
    return _challenge(session, attempt, given)


def _challenge(session: Session, attempt: Exchange, challenge: bytes) -> Await:
    async def then(response: bytes) -> Done | Await:
        return await _step(session, attempt, response)

    return Await(base64(challenge), then)


def _safe(session: Session) -> bool:
    return not in_clear(session)


for _mechanism in mechanisms():
    advertise(b"AUTH=" + _mechanism.encode("ascii"), states=State.NOT_AUTHENTICATED, offered=_safe)
