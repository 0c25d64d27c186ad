"""A literal that is handed to its command while it arrives: nothing of it is kept here."""

from typing import Protocol

from attrs import define

from mailsuite.imap.answers import Bad
from mailsuite.imap.engine import Chunk, Command, Engine, Event, Fault, Offer
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.ports import Incoming


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


@define(eq=False)
class Arriving:
    """A command whose rest comes while it runs (RFC 3501 §6.3.11, RFC 4469 §3).

    Attributes:
        cursor: the text in hand; it ends in the announcement of `literal`, or the command ends.
        literal: what is announced and has not been asked for.
    """

    cursor: Cursor
    literal: Incoming | None

    @property
    def ended(self) -> bool:
        """Whether nothing of the command is left, and nothing is to come."""
        return self.literal is None and self.cursor.ended

    def announced(self) -> Incoming:
        """Take the announcement at the cursor: the literal, of which nothing has come.

        Raises:
            Bad: no literal is announced here.
        """
        if self.literal is None:
            raise Bad("Missing argument" if self.cursor.ended else "Expected a literal")
        self.cursor.announcement()
        return self.literal

    async def go_on(self) -> None:
        """Take the text behind the literal, all of which has been read.

        Raises:
            Bad: it is no line.
        """
        assert self.literal is not None, "it was announced"
        self.cursor, self.literal = await self.literal.following()

    async def astring(self, largest: int) -> bytes:
        """Read an astring; one that comes as literal has at most `largest` octets.

        Raises:
            Bad: it is none, it is longer, or there is a NUL in it.
        """
        if not self.cursor.sees(b"{"):
            return self.cursor.astring()
        literal = self.announced()
        if literal.size > largest:
            raise Bad("Literal too big")
        await literal.accept()
        octets = b""
        while chunk := await literal.chunk():
            octets += chunk
        if b"\0" in octets:
            raise Bad("NUL in a literal")
        await self.go_on()
        return octets
