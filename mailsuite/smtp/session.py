"""One conversation: SMTP at port 25 or at a submission port, or LMTP (RFC 5321, 6409, 2033)."""

from collections.abc import Callable

from attrs import evolve

from mailsuite.errors import MailError
from mailsuite.repute.visit import Visit
from mailsuite.smtp.engine import Engine, Event, Line, Malformed, Text
from mailsuite.smtp.grammar import Refusal, reply, split
from mailsuite.smtp.keeping import may_connect
from mailsuite.smtp.lmtp import finish_each, taken
from mailsuite.smtp.ports import Account, AtEnd, Kind, Response, Services, Source
from mailsuite.smtp.refusals import about, may_be_told, tell_refusal
from mailsuite.smtp.registry import COMMANDS, State
from mailsuite.smtp.transaction import Transaction
from mailsuite.wire.conversation import Conversation
from mailsuite.wire.lines import HTTP_METHODS, Fault
from mailsuite.wire.link import Link
from mailsuite.wire.replies import reply_to

# The deadline of DATA moves only after so much: one octet now and then is not progress.
PROGRESS_OCTETS = 4096
# RFC 3848 §2, RFC 6531 §4.3: by whether it is LMTP, and whether with SMTPUTF8.
NAMES = {
    (False, False): "ESMTP",
    (False, True): "UTF8SMTP",
    (True, False): "LMTP",
    (True, True): "UTF8LMTP",
}
FAULTS = {
    Fault.TOO_LONG: reply(500, "5.5.2", "Line too long"),
    Fault.ENDLESS: reply(500, "5.5.2", "Line too long, closing"),
    Fault.BARE_NEWLINE: reply(500, "5.5.2", "CR or LF outside CRLF"),
    Fault.NUL: reply(500, "5.5.2", "NUL in a command"),
}


class Session(Conversation[Event]):
    """Who the client is, how far it has come, and the transaction in hand."""

    def __init__(self, kind: Kind, services: Services) -> None:
        super().__init__()
        self.kind = kind
        self.services = services
        self.limits = services.limits
        self.engine: Engine = Engine(services.limits)
        self.state = State.NEW
        self.helo = ""
        self.extended = False  # EHLO, not HELO
        self.account: Account | None = None
        self.transaction: Transaction | None = None
        self.respond: Response | None = None  # takes the next line, instead of the table
        self.at_end: AtEnd | None = None  # answers the end of DATA or of a chunk
        self.messages = 0
        self.unknown_recipients = 0
        self.visit: Visit | None = None
        self._errors = 0
        self.about_message = ""  # whose message was refused at its end
        self._progress = 0
        self._heard = False  # a first command has come
        self._forget_account: Callable[[], None] | None = None

    # What the transport calls.

    def connected(self, link: Link) -> None:
        """Greet, or turn away a network that has misbehaved within the hour."""
        super().connected(link)
        link.deadline(self.limits.smtp_command_seconds)
        self.log.info("connected {peer}", peer=link.peer.address, trace=link.trace)
        if self.kind is Kind.LOCAL and not self.trusted:
            self.part(reply(421, "4.7.1", "LMTP is for local sockets and trusted networks"))
            return
        if self.kind is Kind.MX and self._unwelcome():
            self.part(reply(421, "4.7.0", "Too many failures from your network, try later"))
            return
        if (over := may_connect(self)) is not None:
            self.part(reply(421, "4.7.0", over.words))
            return
        spoken = b"LMTP" if self.kind is Kind.LOCAL else b"ESMTP"
        link.write(b"220 %b %b\r\n" % (self.services.hostname.encode(), spoken))

    def secured(self) -> None:
        """Start afresh: nothing said in clear counts (RFC 3207 §4.2)."""
        self.engine.forget()
        self.reset()
        self.state = State.NEW
        self.helo = ""
        self.link.deadline(self.limits.smtp_command_seconds)

    def timed_out(self) -> None:
        """Say so and close, unless it is we who are slow."""
        if self.answering:
            self.link.deadline(self.limits.smtp_command_seconds)
        elif not self.closed:
            self.part(reply(421, "4.4.2", "Time-out, closing"))

    def lost(self) -> None:
        """Free what is held; a message that broke off counts against its source."""
        super().lost()
        if not self.answering:
            if self.at_end is not None:
                self.offended()
            self.reset()
        if self._forget_account is not None:
            self._forget_account()
            self._forget_account = None
        if self.account is not None:
            self.services.signed_in.leave(self.account.id)
            self.account = None

    # What the loop calls.

    async def answer(self, event: Event) -> None:
        """Answer one event."""
        if isinstance(event, Text):
            await self._take(event.octets)
            return
        self.answering = True
        said = event if self.respond is None else None
        try:
            octets = await self._reply_to(event)
        except Refusal as refusal:
            octets = await self._erred(refusal.octets, said, refusal.kind)
        except MailError as error:
            octets = await self._erred(self.words(error), said)
        finally:
            self.answering = False
        if self.closed:
            self.reset()
            return
        if octets:
            self.link.write(octets)
        self.link.deadline(self.limits.smtp_command_seconds)

    def failed(self, error: Exception) -> None:
        """Tell of a bug of ours as of any trouble that will pass."""
        self.reset()
        self.respond = None
        self.engine.expect_response(None)
        if self.kind is Kind.LOCAL:
            # How many replies are waited for is not known here: none is better than one too few.
            self.part(reply(421, "4.3.0", "Trouble here, try again later"))
            return
        self.link.write(self.words(error))

    def farewell(self) -> None:
        """Say goodbye: the host is stopping."""
        self.link.write(reply(421, "4.3.2", f"{self.services.hostname} is stopping, try later"))
        self.link.close()

    # What commands call.

    def part(self, octets: bytes) -> None:
        """Say a last word and close."""
        self.link.write(octets)
        self.close()

    def reset(self) -> None:
        """End the transaction, whatever came of it."""
        if self.transaction is not None:
            self.transaction.discard()
        self.transaction = None
        self.at_end = None
        if self.state is not State.NEW:
            self.state = State.READY

    def offended(self) -> None:
        """Count against the client's network."""
        if not self.trusted:
            self.services.sources.offended(self.link.peer.network)

    @property
    def trusted(self) -> bool:
        """True for a peer of `[inbound] trusted`, and for a local socket of LMTP."""
        if self.kind is Kind.LOCAL and self.link.peer.local:
            return True
        return self.link.peer.within(self.services.trusted)

    @property
    def private(self) -> bool:
        """True when a password may be told here: in TLS, or where the operator said so."""
        link = self.link
        return link.tls is not None or link.peer.within(self.services.plaintext_from)

    def about(self) -> dict[str, str]:
        """What the operator sees of the session."""
        if self.account is None:
            return {"client": self.helo}
        return {"client": self.helo, "account": self.account.name}

    def sign_in(self, account: Account) -> None:
        """Keep the account, and end when it may no longer be used."""
        self.services.signed_in.enter(account.id)
        self.account = account
        self._forget_account = self.services.directory.on_account(account, self._revoked)

    async def finish(self) -> bytes:
        """Hand the message over; its reply says that it is on disk (RFC 5321 §6.1)."""
        transaction = self.transaction
        assert transaction is not None
        assert transaction.spool is not None
        try:
            if self.kind is Kind.LOCAL:
                return await finish_each(self, transaction)
            source = self.source()
            transaction.check()
            await self.services.intake.accept(source, transaction.envelope, transaction.spool)
        except MailError:
            self.about_message = about(transaction.envelope)
            raise
        finally:
            self.reset()
        return taken(source.trace)

    def source(self) -> Source:
        """Return where the message in hand comes from, with a trace id of its own."""
        self.messages += 1
        protocol = NAMES[self.kind is Kind.LOCAL, self._utf8] if self.extended else "SMTP"
        if self.link.tls is not None and self.extended:
            protocol += "S"
        if self.account is not None and self.extended:
            protocol += "A"
        trace = f"{self.link.trace}.{self.messages}"
        source = Source(
            self.kind, self.link.peer, self.helo, protocol, self.link.tls, self.account, trace
        )
        if self.visit is None or self.transaction is None:
            return source
        return evolve(source, reputation=self.transaction.envelope.reputation)

    def warn(self, event: str, **fields: str) -> None:
        """Write a line to the log that the operator should see."""
        self.log.warn(event, trace=self.link.trace, **fields)

    # Inside.

    answering = False

    @property
    def _utf8(self) -> bool:
        return self.transaction is not None and self.transaction.envelope.smtputf8

    @staticmethod
    def words(error: Exception) -> bytes:
        """Return an error's reply, by the one table."""
        answer = reply_to(error)
        return reply(answer.smtp, answer.enhanced, answer.words)

    def _unwelcome(self) -> bool:
        return not self.trusted and self.services.sources.unwelcome(self.link.peer.network)

    def _revoked(self) -> None:
        if not self.closed:
            self.part(reply(421, "4.7.0", "The account has changed, sign in again"))

    async def _take(self, octets: bytes) -> None:
        self._progress += len(octets)
        if self._progress >= PROGRESS_OCTETS:
            self._progress = 0
            self.link.deadline(self.limits.smtp_data_seconds)
        transaction = self.transaction
        if transaction is None or transaction.spool is None:
            return  # a chunk of a BDAT that is being refused
        await transaction.take(octets)
        if transaction.excessive and not self.closed:
            self.part(reply(552, "5.3.4", "Message is far too big, closing"))

    async def _reply_to(self, event: Event) -> bytes:
        if isinstance(event, Malformed):
            return await self._malformed(event.fault)
        if not isinstance(event, Line):
            assert self.at_end is not None
            return await self.at_end()
        if self.respond is not None:
            return await self.respond(event.octets)
        verb, argument = split(event.octets)
        if not self._heard and verb in HTTP_METHODS:
            self.log.warn("HTTP at a mail port", trace=self.link.trace)
            self.close()
            return b""
        self._heard = True
        command = COMMANDS.get(verb)
        if command is None:
            raise Refusal(500, "5.5.2", "Command not known")
        if not command.states & self.state:
            if self.state is State.NEW:
                raise Refusal(503, "5.5.1", "EHLO comes first")
            raise Refusal(503, "5.5.1", command.wrong_state)
        return await command.answer(self, command.grammar(argument))

    async def _malformed(self, fault: Fault) -> bytes:
        self.respond = None
        self.engine.expect_response(None)
        if fault is Fault.ENDLESS:
            self.part(FAULTS[fault])
            return b""
        return await self._erred(FAULTS[fault])

    async def _erred(
        self, octets: bytes, said: Event | None = None, kind: str = "refused"
    ) -> bytes:
        """Count an error; with the last one allowed the conversation ends.

        The answer of who errs again and again waits (`mailsuite.repute.tarpit`).
        """
        if self.closed:
            return b""
        words = octets.decode().rstrip()
        self.log.info(
            "refused {said}: {reply}",
            trace=self.link.trace,
            said=may_be_told(said),
            reply=words,
            peer=self.link.peer.address,
        )
        tell_refusal(self, said, words, kind)
        if self.kind is Kind.LOCAL:
            return octets  # a host of our own brings others' errors
        # What will pass, and what the client cannot know (552: no room), is no error of its.
        self._errors += octets.startswith(b"5") and not octets.startswith(b"552")
        over = self._errors >= self.limits.smtp_errors
        if self.unknown_recipients >= self.limits.smtp_unknown_recipients or over:
            self.offended()
            self.link.write(octets)
            self.part(reply(421, "4.7.0", "Too many errors, closing"))
            return b""
        if self.services.keeper is not None and not self.trusted:
            await self.services.keeper.hold(self._errors)
        return octets
