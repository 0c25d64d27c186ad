"""One POP3 conversation: who is signed in, and the maildrop that is held (RFC 1939)."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Iterator
from contextlib import aclosing

from mailsuite.errors import MailError, PrivacyRequired, SignInTooSoon
from mailsuite.pop3.engine import Engine, Event, Malformed
from mailsuite.pop3.grammar import Refusal, err, ok, split, stuffed
from mailsuite.pop3.pacing import may_sign_in
from mailsuite.pop3.ports import Account, Credentials, Maildrop, Response, Services, Spelling
from mailsuite.pop3.registry import COMMANDS, State
from mailsuite.wire.conversation import Conversation
from mailsuite.wire.languages import I_DEFAULT, Language
from mailsuite.wire.lines import HTTP_METHODS, Fault
from mailsuite.wire.link import Link
from mailsuite.wire.replies import reply_to

DOOR = "pop3"
PIECE = 64 * 1024  # of a long answer: between two the reader may say that it is slow


class Session(Conversation[Event]):
    """Holds the maildrop from sign-in to the end of the connection."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.engine: Engine = Engine(services.limits)
        self.state = State.AUTHORIZATION
        self.spelling = Spelling.ASCII
        self.language: Language = I_DEFAULT
        self.user: str | None = None  # what USER said
        self.respond: Response | None = None  # takes the next line, instead of the table
        self._maildrop: Maildrop | None = None
        self._forget_account: Callable[[], None] | None = None
        self._hidden: frozenset[bytes] = frozenset()
        self._user = ""  # who is signed in, for the operator
        self._answering = False
        self._parting = False  # close after the answer in hand
        self._heard = False  # a first command has come
        self._errors = 0

    # What the transport calls.

    def connected(self, link: Link) -> None:
        """Greet, without a timestamp: there is no APOP (threat P4)."""
        super().connected(link)
        link.deadline(self.services.limits.login_seconds)
        self.log.info("connected {peer}", peer=link.peer.address, trace=link.trace)
        link.write(ok(f"{self.services.hostname} POP3 ready"))

    def secured(self) -> None:
        """Start afresh: nothing said in clear counts (RFC 2595 §4)."""
        self.engine.forget()
        self.user = self.respond = None
        self.spelling, self.language = Spelling.ASCII, I_DEFAULT
        self.link.deadline(self.services.limits.login_seconds)

    def timed_out(self) -> None:
        """Close without a word and without deleting anything (RFC 1939 §3)."""
        if self._answering:
            self._rest()
        elif not self.closed:
            self.log.info("timed out", trace=self.link.trace)
            self.close()

    def lost(self) -> None:
        """Free the maildrop (threat P1)."""
        super().lost()
        self._free()

    # What the loop calls.

    async def answer(self, event: Event) -> None:
        """Answer one line."""
        self._answering = True
        try:
            octets = await self._reply_to(event)
        except Refusal as refusal:
            octets = self._erred(refusal.octets)
        except MailError as error:
            octets = self._erred(self._words(error))
        except ConnectionError:
            return  # the reader of a long answer went away
        finally:
            self._answering = False
        if self.closed:
            return
        if self._parting:
            self._free()  # before its client is told: it may be back at once
        self.link.write(self.said(octets))
        if self._parting or self._errors >= self.services.limits.pop3_errors:
            self.close()
        else:
            self._rest()

    def failed(self, error: Exception) -> None:
        """Tell of a bug of ours as of any trouble that will pass."""
        self.respond = None
        self.link.write(self.said(self._words(error)))
        if self._parting:
            self.close()

    def farewell(self) -> None:
        """Close: POP3 has no word for it, and what was marked as deleted stays."""
        self._free()
        self.link.close()

    def close(self) -> None:
        """End the conversation after what was written; the next session may have the maildrop."""
        self._free()
        super().close()

    # What commands call.

    @property
    def maildrop(self) -> Maildrop:
        """The maildrop; it is there in TRANSACTION state."""
        assert self._maildrop is not None
        return self._maildrop

    @property
    def private(self) -> bool:
        """True when a password may be told here: in TLS, or where the operator said so (W6)."""
        # A local socket is no exception, at this door as at the others.
        return self.link.tls is not None or self.link.peer.within(self.services.plaintext_from)

    def require_privacy(self) -> None:
        """Refuse to hear a password in clear."""
        if not self.private:
            raise PrivacyRequired

    def message(self, number: int) -> int:
        """Check a message's number."""
        if not self.maildrop.has(number):
            raise Refusal("No such message")
        return number

    async def sign_in(self, credentials: Credentials) -> bytes:
        """Sign in by a password, and `enter`."""
        directory = self.services.directory
        return await self.enter(await directory.sign_in(credentials, self.link.peer, DOOR))

    async def enter(self, account: Account) -> bytes:
        """Take the maildrop (RFC 1939 §4); the greeting of TRANSACTION state."""
        services = self.services
        if not may_sign_in(services, account):
            raise SignInTooSoon  # told to nobody who does not have the password (RFC 2449 §8.1.1)
        maildrop = await services.maildrops.open(account, self.spelling)
        if self.closed:  # the client went away meanwhile
            maildrop.release()
            return b""
        self._maildrop, self._user, self._hidden = maildrop, account.name, account.hidden
        self.state = State.TRANSACTION
        self._forget_account = services.directory.on_account(account, self._revoked)
        return ok(f"{maildrop.count} messages ({maildrop.octets} octets)")

    def hides(self, capability: bytes) -> bool:
        """Whether the account that is signed in does not see it."""
        return capability in self._hidden

    def said(self, answer: bytes) -> bytes:
        """An answer whose first line is for people, in their language (RFC 6856 §3.2)."""
        if not self.language.texts:
            return answer
        line, end, rest = answer.partition(b"\r\n")
        status, blank, words = line.partition(b" ")
        if words.startswith(b"["):
            code, _, words = words.partition(b" ")
            status += b" " + code
        return status + blank + self.language.words(words.decode("utf-8", "replace")) + end + rest

    def about(self) -> dict[str, str]:
        """What the operator sees of the session."""
        return {"account": self._user}

    def part(self) -> None:
        """Close after the answer to this command, whatever it will be."""
        self._parting = True

    async def send(self, pieces: Iterable[bytes]) -> None:
        """Write a long answer as fast as its reader takes it, and no faster."""
        for piece in pieces:
            if self.closed:
                return
            await self._give(piece)

    async def send_message(self, first: bytes, pieces: AsyncGenerator[bytes, None]) -> None:
        """Write a message behind its first line, as fast as its reader takes it.

        Raises:
            MailError: it cannot be read, and nothing was written.
        """
        begun = False
        try:
            async with aclosing(pieces):
                async for piece in message_lines(self.said(first), pieces):
                    if self.closed:
                        return
                    begun = True
                    await self._give(piece)
        except MailError:
            if not begun:
                raise
            # No end is told, so nobody takes what came for the whole (RFC 1939 §3).
            self.log.failure("a message broke off: closing", trace=self.link.trace)
            self.close()

    def warn(self, event: str, **fields: str) -> None:
        """Write a line to the log that the operator should see."""
        self.log.warn(event, trace=self.link.trace, **fields)

    # Inside.

    async def _give(self, piece: bytes) -> None:
        self.link.write(piece)
        if not self.link.writable:
            await self.link.drained()

    def _rest(self) -> None:
        """Wait for the next command: so long each time, but in all before the sign-in."""
        if self.state is State.TRANSACTION:
            self.link.deadline(self.services.limits.pop3_idle_seconds)
        elif self._answering:
            self.link.deadline(self.services.limits.login_seconds)

    def _free(self) -> None:
        if self._maildrop is not None:
            self._maildrop.release()
        if self._forget_account is not None:
            self._forget_account()
            self._forget_account = None

    def _revoked(self) -> None:
        if not self.closed:
            self.log.info("the account has changed: closing", trace=self.link.trace)
            self.close()

    async def _reply_to(self, event: Event) -> bytes:
        if isinstance(event, Malformed):
            return self._malformed(event.fault)
        respond, self.respond = self.respond, None
        if respond is not None:
            return await respond(event.octets)
        keyword, argument = split(event.octets)
        if not self._heard and keyword in HTTP_METHODS:
            self.log.warn("HTTP at a mail port", trace=self.link.trace)
            self.close()
            return b""
        self._heard = True
        command = COMMANDS.get(keyword)
        if command is None or command.capability in self._hidden:
            raise Refusal("Command not known")
        if not command.states & self.state:
            raise Refusal("Not in this state")
        return await command.answer(self, command.grammar(argument))

    def _malformed(self, fault: Fault) -> bytes:
        self.respond = None
        answer = self._erred(err(fault.value[0].upper() + fault.value[1:]))
        if fault is not Fault.ENDLESS:
            return answer
        self.link.write(answer)
        self.close()
        return b""

    def _erred(self, octets: bytes) -> bytes:
        self.log.info("refused: {reply}", reply=octets.rstrip().decode(), trace=self.link.trace)
        self._errors += 1
        return octets

    @staticmethod
    def _words(error: Exception) -> bytes:
        answer = reply_to(error)
        return err(answer.words, answer.pop3)


def listing(first: bytes, lines: Iterable[bytes]) -> Iterator[bytes]:
    """A multi-line answer of short lines, none of which begins with a dot."""
    piece = bytearray(first)
    for line in lines:
        piece += line
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece) + b".\r\n"


async def message_lines(first: bytes, pieces: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    """A multi-line answer that is a message (RFC 1939 §3): dots stuffed, ended by one alone.

    Its first line comes when the message has begun to: an error before it is an answer itself.
    """
    told = False
    tail = b"\r\n"
    async for octets in pieces:
        if not told:
            yield first
            told = True
        for at in range(0, len(octets), PIECE):
            piece = octets[at : at + PIECE]
            yield stuffed(piece, after_newline=tail.endswith(b"\n"))
            tail = (tail + piece[-2:])[-2:]
    if not told:
        yield first
    yield b".\r\n" if tail == b"\r\n" else b"\r\n.\r\n"
