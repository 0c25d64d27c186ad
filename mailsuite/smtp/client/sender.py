"""The relay's `Sender`: opens connections, falls back to clear text where that is allowed."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, evolve
from twisted.logger import Logger

from mailsuite.relay.ports import HostFailed, Letter, Reply, Security, Target, Verdict
from mailsuite.smtp.client.connection import connect
from mailsuite.smtp.client.session import Session, TlsFailed
from mailsuite.smtp.client.stream import Stream, StreamFailed
from mailsuite.smtp.client.transaction import send_letter
from mailsuite.wire.limits import Limits
from mailsuite.wire.tls import ClientTls


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
    """

    log = Logger()

    def __init__(self, hostname: str, reactor: Any, contexts: ClientTls, limits: Limits) -> None:
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
            if target.security is not Security.OPPORTUNISTIC:
                raise
            # A handshake that failed leaves nothing to go on with: start anew, in clear.
            self.in_clear += 1
            self.log.warn("in clear to {host}: {why}", host=target.name, why=failed.reply.text)
            session = await self._session(target)
            await open_session(session, evolve(target, security=Security.CLEAR))
        return SmtpCourier(session, self._limits.relay_delivery_seconds)

    async def _session(self, target: Target) -> Session:
        reactor = self._reactor
        try:
            stream = await connect(reactor, self._contexts, target.address, target.port)
        except StreamFailed as error:
            words = f"cannot connect to {target.name} [{target.address}]: {error}"
            raise HostFailed(Reply(451, "4.4.1", words)) from error
        return start_session(
            stream, target, self._hostname, reactor.seconds, self._limits.relay_delivery_seconds
        )


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
        await session.shake_hands(verified=True)
        session.verified = True
    await session.open()
    if security is Security.VERIFIED:
        await session.secure(verified=True)
        session.verified = True
    elif security is Security.OPPORTUNISTIC and "STARTTLS" in session.engine.offered:
        await session.secure(verified=False)
    if target.login is not None:
        # Without a certificate that holds, the password would go to whoever is there (threat T5).
        if security not in {Security.VERIFIED, Security.IMPLICIT}:
            raise session.trouble(454, "4.7.0", "no password is sent without verified TLS")
        await session.sign_in(target.login)
