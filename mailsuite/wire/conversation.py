"""One session's loop: pull an event from the engine, await its answer, pull the next.

Events are answered strictly in order, one at a time, whatever was pipelined. While one is
being answered, at most `READ_AHEAD` octets more are taken in; then reading is paused.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.wire.link import Link

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)

# Enough for a window of pipelined commands, small enough for 10,000 connections.
READ_AHEAD = 64 * 1024


class Engine(Protocol[E_co]):
    """Framing of one protocol: bytes in, events out. No I/O; never raises on input."""

    @property
    def held(self) -> int:
        """Octets kept, parsed or not; bounded by the engine's own limits plus one `feed`."""
        ...

    def feed(self, octets: bytes) -> None:
        """Take in octets, however the network cut them."""

    def next(self) -> E_co | None:
        """The next event, or None until more octets come.

        Pulled one at a time, since the answer to a command can change how the octets after it
        are to be read (DATA, AUTHENTICATE, a literal, STARTTLS).
        """
        ...


class Conversation(Generic[E]):
    """Base of every door's session (`mailsuite.wire.link.Talks`)."""

    log = Logger()
    link: Link
    engine: Engine[E]

    def __init__(self) -> None:
        self._busy = False
        self._paused = False
        self.closed = False
        self.leaving = False  # the server is stopping: end after the event in hand

    # What a door fills in.

    async def answer(self, event: E) -> None:
        """Answer one event. `MailError` is the door's to catch."""
        raise NotImplementedError

    def failed(self, error: Exception) -> None:
        """Our own bug met while answering (already logged): tell the peer, in its protocol."""
        raise NotImplementedError

    def farewell(self) -> None:
        """The server is stopping and nothing is in hand: say goodbye and close."""
        raise NotImplementedError

    # What the transport calls.

    def connected(self, link: Link) -> None:
        """Keep the link; a door's override greets."""
        self.link = link

    def received(self, octets: bytes) -> None:
        """Take octets in, and answer what they complete."""
        if self.closed:
            return
        self.engine.feed(octets)
        if not self._busy:
            self._busy = True
            self._drive(self._run())
        if self._busy and not self._paused and self.engine.held > READ_AHEAD:
            self._paused = True
            self.link.pause()

    def stopping(self) -> None:
        """Finish the event in hand, then say goodbye."""
        self.leaving = True
        if not self._busy and not self.closed:
            self.closed = True
            self.farewell()

    def lost(self) -> None:
        """Take no more octets; a door's override frees what it holds."""
        self.closed = True

    def about(self) -> dict[str, str]:
        """What the operator sees of the session: account, app, client, mailbox."""
        return {}

    # What a door's session may ask for.

    def interject(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Do something between two events; what comes in meanwhile waits.

        Returns False, and does nothing, while an event is being answered.
        """
        if self._busy or self.closed:
            return False
        self._busy = True
        self._drive(self._interjected(work))
        return True

    # Inside.

    def close(self) -> None:
        """End the conversation after what was written."""
        self.closed = True
        self.link.close()

    def _drive(self, running: Awaitable[None]) -> None:
        Deferred.fromCoroutine(running).addErrback(self._broke)  # type: ignore[arg-type]

    def _broke(self, failure: object) -> None:
        self.log.error("session loop broke: {failure}", failure=failure)
        self._busy = False
        self.link.abort()

    async def _interjected(self, work: Callable[[], Awaitable[None]]) -> None:
        await work()
        await self._run()

    async def _run(self) -> None:
        while not self.closed:
            event = self.engine.next()
            if event is None:
                break
            try:
                await self.answer(event)
            except Exception as error:  # noqa: BLE001 - the one place where our own bugs end
                self.log.failure("answering {event}", event=type(event).__name__)
                if not self.closed:
                    self.failed(error)
            if self.leaving:
                break
        if self.leaving and not self.closed:
            self.closed = True
            self.farewell()
        self._busy = False
        if self._paused and not self.closed:
            self._paused = False
            self.link.resume()
