"""The relay's `Sender`: opens connections, falls back to clear text where that is allowed."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, evolve
from twisted.logger import Logger

from mailsuite.relay.ports import (
    HostFailed,
    Letter,
    Outcomes,
    Reply,
    Security,
    Target,
    Verdict,
)
from mailsuite.smtp.client.connection import connect
from mailsuite.smtp.client.session import InThread, NoTls, Session, TlsFailed, at_once
from mailsuite.smtp.client.stream import Stream, StreamFailed
from mailsuite.smtp.client.transaction import send_letter
from mailsuite.wire.client_tls import ClientTls
from mailsuite.wire.limits import Limits
from mailsuite.wire.proof import ANYBODY, VERIFIED, Flaw, Proof, Trust

# Where TLS that fails is followed by clear text (threat T4).
MAY_BE_CLEAR = frozenset({Security.OPPORTUNISTIC, Security.TESTED})
WITH_PASSWORD = frozenset({Security.VERIFIED, Security.IMPLICIT})
NOT_OFFERED = "starttls-not-supported"  # RFC 8460 §4.3.1
PROOFS = {
    Security.OPPORTUNISTIC: ANYBODY,
    Security.ENCRYPTED: ANYBODY,
    Security.TESTED: Proof(Trust.NOTED),
    Security.VERIFIED: VERIFIED,
}


@define(eq=False)
class SmtpCourier:
    """`mailsuite.relay.ports.Courier` over one session."""

    session: Session
    _delivery_seconds: float

    @property
    def usable(self) -> bool:
        """See `Courier.usable`."""
        return self.session.usable

    @property
    def offered(self) -> frozenset[str]:
        """See `Courier.offered`."""
        return self.session.engine.offered

    async def send(self, letter: Letter) -> Sequence[Verdict]:
        """See `Courier.send`."""
        session = self.session
        session.deadline = session.seconds() + self._delivery_seconds
        return await send_letter(session, letter)

    async def leave(self) -> None:
        """See `Courier.leave`."""
        await self.session.leave()

    def abort(self) -> None:
        """See `Courier.abort`."""
        self.session.abort()


class SmtpSender:
    """`mailsuite.relay.ports.Sender`.

    Args:
        hostname: how we say EHLO.
        reactor: connections, time-outs and the clock.
        contexts: TLS as a client.
        outcomes: counts what became of TLS; None: nobody does.
        in_thread: for the hashing of passwords.
    """

    log = Logger()

    def __init__(
        self,
        hostname: str,
        reactor: Any,
        contexts: ClientTls,
        limits: Limits,
        outcomes: Outcomes | None = None,
        *,
        in_thread: InThread = at_once,
    ) -> None:
        self._in_thread = in_thread
        self._outcomes = outcomes
        self._hostname = hostname
        self._reactor = reactor
        self._contexts = contexts
        self._limits = limits
        self.in_clear = 0  # connections that went on without TLS after it had failed (threat T4)

    async def connect(self, target: Target) -> SmtpCourier:
        """See `Sender.connect`."""
        session = await self._session(target)
        try:
            await open_session(session, target)
        except TlsFailed as failed:
            self._note_failure(session, target, failed)
            if target.security not in MAY_BE_CLEAR:
                raise
            # A handshake that failed leaves nothing to go on with: start anew, in clear.
            self.in_clear += 1
            self.log.warn("in clear to {host}: {why}", host=target.name, why=failed.reply.text)
            session = await self._session(target)
            await open_session(session, evolve(target, security=Security.CLEAR))
        else:
            self._note_success(session, target)
        return SmtpCourier(session, self._limits.relay_delivery_seconds)

    def _note_failure(self, session: Session, target: Target, failed: TlsFailed) -> None:
        if self._outcomes is not None and target.policy is not None:
            flaw = failed.flaw or Flaw.OTHER
            result = NOT_OFFERED if isinstance(failed, NoTls) else flaw.value
            self._outcomes.note(target, result, failed.reply.text, local=session.stream.local)

    def _note_success(self, session: Session, target: Target) -> None:
        if self._outcomes is None or target.policy is None:
            return
        tls, result = session.stream.tls, ""
        if tls is None:
            result = NOT_OFFERED
        elif tls.flaw is not None:
            result = tls.flaw.value
        self._outcomes.note(target, result, local=session.stream.local)

    async def _session(self, target: Target) -> Session:
        reactor = self._reactor
        try:
            stream = await connect(
                reactor, self._contexts, target.address, target.port, target.source
            )
        except StreamFailed as error:
            words = f"cannot connect to {target.name} [{target.address}]: {error}"
            raise HostFailed(Reply(451, "4.4.1", words)) from error
        session = start_session(
            stream, target, self._hostname, reactor.seconds, self._limits.relay_delivery_seconds
        )
        session.in_thread = self._in_thread
        return session


def start_session(
    stream: Stream,
    target: Target,
    hostname: str,
    seconds: Callable[[], float],
    delivery_seconds: float,
) -> Session:
    """A session over an open connection, with the deadline of one delivery."""
    return Session(stream, target.name, hostname, seconds, seconds() + delivery_seconds)


async def open_session(session: Session, target: Target) -> None:
    """Greet, secure and sign in as the target asks.

    Raises:
        TlsFailed: the connection is of no more use; clear text needs a new one.
        HostFailed: the host wants nothing of us.
    """
    security = target.security
    if security is Security.IMPLICIT:
        await session.shake_hands(VERIFIED)
        session.verified = True
    await session.open()
    offered = "STARTTLS" in session.engine.offered
    if security is Security.PINNED:
        await session.secure(Proof(Trust.PINNED, target.pins, target.names), target.tls_name)
    elif security in PROOFS and (offered or security not in MAY_BE_CLEAR):
        await session.secure(PROOFS[security])
    session.verified = session.verified or security in {Security.VERIFIED, Security.PINNED}
    if target.login is not None:
        # Without a certificate that holds, the password would go to whoever is there (threat T5).
        if security not in WITH_PASSWORD:
            raise session.trouble(454, "4.7.0", "no password is sent without verified TLS")
        await session.sign_in(target.login)
