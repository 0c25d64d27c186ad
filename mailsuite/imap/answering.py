"""From events of the engine to tagged answers: the half of a session that reads the table."""

import re
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any, ClassVar, cast

from attrs import define, frozen
from twisted.internet.defer import Deferred

from mailsuite.directory.identity import Account
from mailsuite.errors import MailError
from mailsuite.imap.answers import Await, Bad, Done, No
from mailsuite.imap.engine import (
    Chunk,
    Command,
    Continue,
    Engine,
    Event,
    Fault,
    Offer,
    Response,
)
from mailsuite.imap.grammar import Cursor, Unfinished
from mailsuite.imap.incoming import Literal
from mailsuite.imap.pieces import Bounds
from mailsuite.imap.ports import Manner, Notices, Progress, Session, SignsIn, State, View
from mailsuite.imap.reading import read_arguments, read_name, read_tag
from mailsuite.imap.registry import COMMANDS
from mailsuite.imap.registry import Command as Row
from mailsuite.imap.tables import GUARDS
from mailsuite.mailbox.service import AccountMailboxes
from mailsuite.wire.conversation import Conversation
from mailsuite.wire.languages import I_DEFAULT
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Link
from mailsuite.wire.pools import Runs
from mailsuite.wire.replies import reply_to
from mailsuite.wire.tallies import Tallies

Ending = Done | Await


@frozen
class Shared:
    """What all IMAP sessions of a process have in common."""

    hostname: str
    limits: Limits
    before: Bounds  # of commands, before login
    signed_in: Bounds
    streaming: frozenset[bytes]
    directory: SignsIn
    mailboxes_of: Callable[[Account], AccountMailboxes]
    plaintext: Callable[[Link], bool]  # may this peer sign in without TLS
    runs: Runs  # where files of spools are written and read
    spools: Path  # the folder for them
    asked_for: Callable[[Account], Collection[bytes]]  # capabilities that are not everybody's
    tallies: Tallies  # connections of each account, wherever they are


@define
class _Running:
    """The command in hand, kept while its client has to say more."""

    tag: bytes
    name: bytes = b""  # once it is known
    waiting: Await | None = None
    waited: float = 0.0  # seconds of silence


class Answering(Conversation[Event]):
    """What a session does with an event; `ImapSession` is the rest of it."""

    engine: Engine

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self.shared = shared
        self.limits = shared.limits
        self.engine = Engine(shared.before, shared.streaming)
        self.state = State.NOT_AUTHENTICATED
        self.by_uid = False
        self.notices: Notices | None = None
        self.language = I_DEFAULT
        self.client = ""
        self.progress: Progress | None = None
        self._running: _Running | None = None
        self._view: View | None = None
        self._more: Deferred[None] | None = None  # somebody waits for octets
        self._errors = 0  # BADs in a row
        self._goodbye = "Server is going down"

    # What the conversation asks for.

    async def answer(self, event: Event) -> None:
        """Answer one event of the engine."""
        try:
            await self._ANSWERS[type(event)](self, event)
            if self.notices is not None and not self.closed:
                await self.notices.between()
        except ConnectionError:
            self.close()
        if self.engine.undecided:
            self.engine.refuse()
        if not self.closed and self.state is not State.NOT_AUTHENTICATED:
            self._arm()

    def failed(self, error: Exception) -> None:
        """Tell of trouble of our own."""
        if self.engine.undecided:
            self.engine.refuse()
        if isinstance(error, MailError):
            reply = reply_to(error)
            self._tagged(b"NO", reply.imap.encode(), reply.words)
        else:
            self._tagged(b"NO", b"SERVERBUG", "Sorry, that is our own mistake (RFC 5530)")

    def farewell(self) -> None:
        """Say goodbye and close."""
        self.untagged(b"BYE " + self.language.words(self._goodbye))
        self.link.close()

    @property
    def manner(self) -> Manner:
        """How this client is told of things."""
        raise NotImplementedError

    @property
    def view(self) -> View:
        """The selected mailbox."""
        assert self._view is not None, "the table lets no such command through"
        return self._view

    def write(self, octets: bytes) -> None:
        """Send these octets."""
        self.link.write(octets)

    def untagged(self, octets: bytes) -> None:
        """Send `* octets`."""
        self.link.write(b"* %b\r\n" % octets)

    def next_alike(
        self, pattern: re.Pattern[bytes], fits: Callable[[bytes], bool]
    ) -> tuple[bytes, bytes] | None:
        """Take the next command, where it asks for the same as the one in hand does."""
        return self.engine.take(pattern, fits)

    def pass_on(self, tag: bytes) -> bytes:
        """Return the OK of the command in hand, and take up the one of this tag in its place."""
        running = self._running
        if running is None:
            raise ConnectionError
        words = self.language.words(f"{running.name.decode('ascii')} completed")
        answer = b"%b OK %b\r\n" % (running.tag, words)
        running.tag = tag
        return answer

    async def pull(self) -> Event:
        """Wait for the engine's next event, inside of a command (a literal that is streamed)."""
        while (event := self.engine.next()) is None:
            if self.closed:
                raise ConnectionError
            if self._paused:
                self._paused = False
                self.link.resume()
            self.link.deadline(self.limits.stalled_seconds)
            self._more = Deferred()
            await self._more
        if isinstance(event, Fault) and event.fatal:
            self._end(event.text)
            raise ConnectionError
        return event

    # Inside: events.

    async def _command(self, event: Command) -> None:
        try:
            row, arguments = self._read(event.pieces)
        except Bad as bad:
            self._bad(bad)
            return
        if self.notices is not None:
            self.notices.own(arguments)
        await self._end_of(row.run(self, *arguments), row)

    async def _offer(self, event: Offer) -> None:
        literal = Literal(self, event.size, waits=event.waits)
        try:
            row, arguments = self._read(event.pieces, literal)
        except Unfinished:
            self._keep(event)
            return
        except Bad as bad:
            self.engine.refuse()
            self._bad(bad)
            return
        await self._end_of(row.run(self, *arguments), row)

    def _keep(self, event: Offer) -> None:
        if self.engine.fits(event.size) and self.state is not State.NOT_AUTHENTICATED:
            self.engine.keep()
            if event.waits:
                self.link.write(b"+ OK\r\n")
        else:
            self.engine.refuse()
            self._no(No(b"TOOBIG", "Literal too big"))

    async def _continue(self, _event: Continue) -> None:
        self.link.write(b"+ OK\r\n")

    async def _chunk(self, _event: Chunk) -> None:
        """Nothing: its command has ended."""

    async def _response(self, event: Response) -> None:
        running = self._running
        if running is None or running.waiting is None:
            self._bad(Bad("Nothing was asked"))
            return
        waiting, running.waiting = running.waiting, None
        await self._end_of(waiting.then(event.octets), COMMANDS[running.name])

    async def _fault(self, event: Fault) -> None:
        if event.fatal:
            self._end(event.text)
            return
        if self._running is not None and self._running.waiting is not None:
            # Whoever waits has to know that it is over.
            await self._response(Response(b""))
            return
        self._note_tag(event.start)
        if event.too_big:
            self._no(No(b"TOOBIG", event.text))
        else:
            self._bad(Bad(event.text))

    _ANSWERS: ClassVar[dict[type[Any], Callable[["Answering", Any], Awaitable[None]]]] = {
        Command: _command,
        Offer: _offer,
        Continue: _continue,
        Chunk: _chunk,
        Response: _response,
        Fault: _fault,
    }

    # Inside: commands.

    def _note_tag(self, start: bytes) -> None:
        try:
            self._running = _Running(Cursor([start]).tag())
        except Bad:
            self._running = None

    def _read(self, pieces: list[bytes], literal: Literal | None = None) -> tuple[Row, list[Any]]:
        """Read a command; as soon as its tag is known, it is the one in hand."""
        self._running = None
        nesting = (
            self.limits.imap_nesting_before_login
            if self.state is State.NOT_AUTHENTICATED
            else self.limits.imap_nesting
        )
        cursor = Cursor(pieces, nesting, utf8=Manner.UTF8 in self.manner)
        self._running = running = _Running(read_tag(cursor))
        row, self.by_uid = read_name(cursor, self.state)
        running.name = row.name
        for look in GUARDS:
            look(cast("Session", self), row, self.by_uid)
        if self._view is not None:
            self._view.numbers.used = False
        return row, read_arguments(cursor, row, self._view, literal, by_uid=self.by_uid)

    async def _end_of(self, running: Awaitable[Ending], row: Row) -> None:
        """Run to the end, and write the tagged answer."""
        try:
            ending = await self._ended(running, row)
        except Bad as bad:
            self._bad(bad)
        except No as no:
            self._no(no)
        else:
            self._errors = 0
            if isinstance(ending, Await):
                self._ask(ending)
            else:
                self._done(ending)

    async def _ended(self, running: Awaitable[Ending], row: Row) -> Ending:
        """Run a command, and tell what changed, also when it was refused.

        After NO as well: what it has told by then may bear a later modseq than what it has not.
        """
        try:
            ending = await running
        except No:
            await self._tell_changes(row)
            raise
        except MailError as error:
            await self._tell_changes(row)
            reply = reply_to(error)
            raise No(reply.imap.encode("ascii") or None, reply.words) from error
        if isinstance(ending, Done):
            await self._tell_changes(row)
        return ending

    async def _tell_changes(self, row: Row) -> None:
        view = self._view
        if view is not None:
            counts = row.holds_expunge and (not self.by_uid or view.numbers.used)
            await view.pending(expunges=not counts)

    def _with_owed(self, code: bytes | None) -> bytes | None:
        """The code of a tagged answer: its own, or one that the view owes the client."""
        owed = None if self._view is None else self._view.owed()
        if owed is None or code is None:
            return code or owed
        if owed.startswith(b"HIGHESTMODSEQ"):
            self.untagged(b"OK [%b] Not all is told" % owed)
        return code

    def _ask(self, ending: Await) -> None:
        if self._running is None:
            return
        self._running.waiting = ending
        self.link.write(b"+ %b\r\n" % ending.prompt)
        self.engine.expect_response()
        if ending.after is not None:
            ending.after()

    def _done(self, done: Done) -> None:
        if self._running is None:
            return  # the client went away
        name = self._running.name.decode("ascii")
        self._tagged(b"OK", self._with_owed(done.code), done.text or f"{name} completed")
        if done.after is not None:
            done.after()

    def _no(self, no: No) -> None:
        self._errors = 0
        self._tagged(b"NO", self._with_owed(no.code), no.text)

    def _bad(self, bad: Bad) -> None:
        # How a program that trips over us is found.
        name = self._running.name.decode("ascii") if self._running else ""
        self.log.info("refused {command}: {why}", why=bad.text, command=name, trace=self.link.trace)
        self._tagged(b"BAD", bad.code, bad.text)
        self._errors += 1
        if self._errors >= self.limits.imap_errors:
            self._end("Too many errors")

    def _tagged(self, word: bytes, code: bytes | None, text: str) -> None:
        """End the command in hand; the answer has no tag where none could be read (§7.1.3)."""
        running, self._running = self._running, None
        tag = running.tag if running else b"*"
        bracket = b"" if code is None else b"[%b] " % code
        self.link.write(b"%b %b %b%b\r\n" % (tag, word, bracket, self.language.words(text)))

    # Inside: ends.

    def _arm(self) -> None:
        seconds = self.limits.imap_idle_seconds
        if self._running is not None and self._running.waiting is not None:
            self.link.deadline(self._running.waiting.seconds or seconds)
        else:
            self.link.deadline(seconds)

    def _end(self, text: str) -> None:
        self._goodbye = text
        if not self.closed:
            self.closed = True
            self.farewell()
            self._wake()

    def _wake(self) -> None:
        more, self._more = self._more, None
        if more is not None:
            more.callback(None)
