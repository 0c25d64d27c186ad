"""AUTH (RFC 4954): signing in at the submission ports, in TLS only."""

from attrs import frozen

from mailsuite.directory.identity import Account
from mailsuite.directory.sasl.exchange import CANCEL, Exchange, Malformed, decoded, encoded
from mailsuite.errors import PrivacyRequired, Unavailable
from mailsuite.smtp.grammar import Refusal, reply
from mailsuite.smtp.ports import Kind, Session
from mailsuite.smtp.registry import State, command, keyword

DOOR = "submission"


@keyword(b"AUTH")
def offered(session: Session) -> bytes | None:
    """Offer the mechanisms where a password may be told, to who has not signed in."""
    if session.kind is not Kind.SUBMISSION or not session.private or session.account is not None:
        return None
    return " ".join(session.services.directory.mechanisms(session.link)).encode()


@frozen
class Begin:
    """What follows AUTH: a mechanism, and perhaps the first response."""

    mechanism: str
    initial: bytes | None


def begin(argument: bytes) -> Begin:
    """Read it (RFC 4954 §4)."""
    mechanism, _, initial = argument.partition(b" ")
    return Begin(mechanism.decode("latin-1"), initial.strip() or None)


@command(b"AUTH", begin, states=State.READY, wrong_state="Not within a transaction")
async def auth(session: Session, begun: Begin) -> bytes:
    """Start an exchange; its responses are lines of their own (RFC 4954 §4)."""
    if session.kind is not Kind.SUBMISSION:
        raise Refusal(503, "5.5.1", "Nobody signs in here: see the submission ports")
    if session.account is not None:
        raise Refusal(503, "5.5.1", "You have signed in")
    if not session.private:
        raise PrivacyRequired
    made = session.services.directory.begin(begun.mechanism, session.link, DOOR)
    if made is None:
        raise Refusal(504, "5.5.4", "Mechanism not known")
    turn = _Turn(session, made)
    if begun.initial is None:
        return turn.challenge(made.opening)
    return await turn.respond(begun.initial)


class _Turn:
    """One exchange in progress: it takes the client's next line."""

    def __init__(self, session: Session, made: Exchange) -> None:
        self._session = session
        self._exchange = made

    def challenge(self, octets: bytes) -> bytes:
        """Ask for the next response."""
        session = self._session
        session.respond = self.respond
        session.engine.expect_response(session.limits.smtp_auth_line_octets)
        return b"334 " + encoded(octets) + b"\r\n"

    async def respond(self, line: bytes) -> bytes:
        """Take a response, and sign in with what has been given."""
        session = self._session
        session.respond = None
        session.engine.expect_response(None)
        if line == CANCEL:
            raise Refusal(501, "5.7.0", "Cancelled")
        try:
            found = await self._exchange.step(decoded(line))
        except Malformed as error:
            # RFC 4954 §4: a response that cannot be read is no failed password.
            raise Refusal(501, "5.5.2", "Response not understood") from error
        except Unavailable as trouble:
            # RFC 4954 §6: with this code nobody is asked for another password.
            raise Refusal(454, "4.7.0", "Temporary authentication failure") from trouble
        if not isinstance(found, Account):
            return self.challenge(found)
        if not session.closed:
            session.sign_in(found)
        return reply(235, "2.7.0", "Signed in")
