"""The session of the SMTP client: greeting, TLS, sign-in, good-bye (RFC 5321 §3)."""

import base64
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, TypeVar

from attrs import define, field

from mailsuite.relay.ports import HostFailed, Login, Reply
from mailsuite.smtp.client.engine import ClientEngine
from mailsuite.smtp.client.limits import Allowed
from mailsuite.smtp.client.replies import Answer, Fault
from mailsuite.smtp.client.sasl import Exchange, Mistrusted, choose
from mailsuite.smtp.client.stream import Stream, StreamFailed
from mailsuite.wire.proof import Flaw, Proof

# How long each answer may take (RFC 5321 §4.5.3.2).
GREETING = 300.0
COMMAND = 300.0  # EHLO, MAIL, RCPT, AUTH
DATA = 120.0
BLOCK = 180.0
END_OF_DATA = 600.0
HANDSHAKE = 60.0  # no RFC names one
QUIT = 5.0  # nothing depends on its answer
CHALLENGES = 4  # of one sign-in

R = TypeVar("R")


class InThread(Protocol):
    """Does in another thread what takes long."""

    def __call__(self, work: Callable[[], R]) -> Awaitable[R]:
        """What it returns, or raises."""
        ...


async def at_once(work: Callable[[], R]) -> R:
    """`InThread` where there are no threads: tests."""
    return work()


class TlsFailed(HostFailed):
    """The host offers TLS and cannot do it: clear text is for a new connection."""

    def __init__(self, reply: Reply, flaw: Flaw | None = None) -> None:
        super().__init__(reply)
        self.flaw = flaw


class NoTls(TlsFailed):
    """The host offers none."""


@define(eq=False)
class Session:
    """One connection, from the greeting on. `deadline` (on the clock) ends everything."""

    stream: Stream
    host: str  # its name, for reports
    hostname: str  # ours
    seconds: Callable[[], float]
    deadline: float
    in_thread: InThread = field(default=at_once, kw_only=True)
    engine: ClientEngine = field(factory=ClientEngine, init=False)
    failed: bool = field(default=False, init=False)  # nothing more can be said on it
    verified: bool = field(default=False, init=False)  # TLS, with a certificate for the name
    allowed: Allowed = field(factory=Allowed, init=False)  # what of its limits is used

    @property
    def usable(self) -> bool:
        """Whether another transaction may begin: alive, and nothing came that nobody asked for."""
        spent = self.allowed.mails_left(self.engine.limits) == 0
        return not (self.failed or self.stream.ended or self.engine.held or spent)

    async def open(self) -> None:
        """Hear the greeting, say EHLO or HELO.

        Raises:
            HostFailed: the host wants no mail from us.
        """
        self._must_be_positive(await self.answer(GREETING))
        await self._hello()

    async def _hello(self) -> None:
        answer = await self.ask(COMMAND, "EHLO", self.hostname)
        if answer.code in {500, 501, 502, 504}:  # before 1995 (RFC 5321 §3.2)
            self._must_be_positive(await self.ask(COMMAND, "HELO", self.hostname))
            self.engine.extensions = {}
            return
        self._must_be_positive(answer)
        self.engine.hear_ehlo(answer)

    async def secure(self, proof: Proof, name: str = "") -> None:
        """STARTTLS, then EHLO again (RFC 3207 §4.2).

        Args:
            proof: what the host must show.
            name: that the certificate is asked for by; "": the host's.

        Raises:
            TlsFailed: not offered, refused, or the handshake failed. The connection is dropped.
        """
        if "STARTTLS" not in self.engine.offered:
            raise NoTls(self._tls_failed("offers no TLS").reply)
        answer = await self.ask(COMMAND, "STARTTLS")
        if answer.code != 220:
            raise self._tls_failed(f"refuses TLS: {answer.code} {answer.text}")
        await self.shake_hands(proof, name)
        await self._hello()

    async def shake_hands(self, proof: Proof, name: str = "") -> None:
        """The handshake alone, as for TLS from the first octet. Raises `TlsFailed`."""
        self.engine.secured()
        seconds = self._left(HANDSHAKE)
        try:
            await self.stream.start_tls(name or self.host, proof, seconds=seconds)
        except StreamFailed as error:
            raise self._tls_failed(str(error), error.flaw) from error

    async def sign_in(self, login: Login) -> None:
        """AUTH by the best mechanism that both know (RFC 4954 §4).

        Raises:
            HostFailed: refused, or no such mechanism; or there is no TLS, and nothing was sent.
        """
        if self.stream.tls is None:
            raise self.trouble(454, "4.7.0", "no password is sent without TLS")
        exchange = choose(self.engine.mechanisms, login, self.stream.tls)
        if exchange is None:
            raise self.trouble(454, "4.7.0", "offers no way to sign in that we have")
        try:
            answer = await self._exchanged(exchange)
        except Mistrusted as why:
            raise self.trouble(454, "4.7.0", str(why)) from why
        if answer.code != 235:
            # A wrong password is the operator's to mend: mail waits for that.
            raise self.trouble(454, "4.7.8", f"refuses our sign-in: {answer.code} {answer.text}")
        if not exchange.complete:
            raise self.trouble(454, "4.7.0", "lets us in without a proof that it knows us")

    async def _exchanged(self, exchange: Exchange) -> Answer:
        """AUTH to its end. Raises `Mistrusted`, `HostFailed`."""
        initial = await self.in_thread(exchange.begin)
        # RFC 4954 §4: an empty initial response is "=".
        first = [] if initial is None else [_base64(initial) or "="]
        answer = await self.ask(COMMAND, "AUTH", exchange.mechanism, *first)
        for _ in range(CHALLENGES):
            if answer.code != 334:
                break
            try:
                challenge = base64.b64decode(answer.lines[0], validate=True)
            except ValueError:
                raise Mistrusted("sends a challenge that is no base64") from None
            response = await self.in_thread(partial(exchange.step, challenge))
            answer = await self.ask(COMMAND, _base64(response))
        return answer

    async def leave(self) -> None:
        """QUIT (RFC 5321 §4.1.1.10). Never raises."""
        try:
            if not self.failed:
                await self.ask(QUIT, "QUIT")
        except HostFailed:
            pass
        self.stream.close()

    def abort(self) -> None:
        """Drop the connection."""
        self.failed = True
        self.stream.abort()

    # For this module and `transaction`.

    async def ask(self, seconds: float, verb: str, *arguments: str) -> Answer:
        """One command and its reply. Raises `HostFailed` when none comes."""
        self.stream.write(self.engine.line(verb, *arguments))
        return await self.answer(seconds)

    async def answer(self, seconds: float) -> Answer:
        """The next reply. The time is for the whole of it: trickling gains nothing.

        Raises:
            HostFailed: the connection ended, the time is over, or what came is no reply.
        """
        until = self.seconds() + self._left(seconds)
        while (found := self.engine.next()) is None:
            try:
                self.engine.feed(await self.stream.read(until - self.seconds()))
            except StreamFailed as error:
                raise self.trouble(451, "4.4.2", str(error)) from error
        if isinstance(found, Fault):
            raise self.trouble(451, "4.5.0", f"sends {found.value}")
        if found.code == 421:  # it closes the connection after this, whenever it says so
            self.failed = True
        return found

    def reply(self, answer: Answer) -> Reply:
        """An answer with the name of the host that gave it."""
        tls = self.stream.tls
        how = "" if tls is None else tls.version
        return Reply(answer.code, answer.status, answer.text, self.host, how)

    def trouble(self, code: int, status: str, words: str) -> HostFailed:
        """Our own finding; the connection is dropped."""
        self.abort()
        return HostFailed(Reply(code, status, f"{self.host}: {words}"))

    def _tls_failed(self, words: str, flaw: Flaw | None = None) -> TlsFailed:
        self.abort()
        return TlsFailed(Reply(454, "4.7.0", f"{self.host}: {words}"), flaw)

    def _must_be_positive(self, answer: Answer) -> None:
        if not 200 <= answer.code < 300:
            self.abort()
            raise HostFailed(self.reply(answer))

    def _left(self, seconds: float) -> float:
        return max(0.0, min(seconds, self.deadline - self.seconds()))


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
