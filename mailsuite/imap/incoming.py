"""A literal that is handed to its command while it arrives: nothing of it is kept here."""

from typing import Protocol

from mailsuite.imap.answers import Bad
from mailsuite.imap.engine import Chunk, Command, Engine, Event, Fault, Offer
from mailsuite.imap.grammar import Cursor


class Pulls(Protocol):
    """The session, as a literal sees it."""

    engine: Engine

    async def pull(self) -> Event:
        """Wait for the engine's next event."""
        ...

    def write(self, octets: bytes) -> None:
        """Send these octets."""


class Literal:
    """One announced literal (`imap.ports.Incoming`)."""

    def __init__(self, session: Pulls, size: int, *, waits: bool) -> None:
        self.size = size
        self._session = session
        self._waits = waits
        self._ended = False

    async def accept(self) -> None:
        """Let the octets come; a client that waits for it is told so."""
        self._session.engine.stream()
        if self._waits:
            self._session.write(b"+ OK\r\n")

    async def chunk(self) -> bytes:
        """Return the next octets; b"" when all have come."""
        while not self._ended:
            event = await self._session.pull()
            assert isinstance(event, Chunk), "nothing else comes in a literal"
            self._ended = event.last
            if event.octets:
                return event.octets
        return b""

    async def following(self) -> tuple[Cursor, "Literal | None"]:
        """Return the rest of the command's line, and the literal that it announces."""
        event = await self._session.pull()
        if isinstance(event, Offer | Command):
            cursor = Cursor(event.pieces)
            if isinstance(event, Command):
                return cursor, None
            return cursor, Literal(self._session, event.size, waits=event.waits)
        assert isinstance(event, Fault), "a line or what is wrong with it"
        raise Bad(event.text)
