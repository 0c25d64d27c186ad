"""Octets to commands: lines, and the literals that belong to them (RFC 3501 §2.2, RFC 7888).

A command is a line, or lines with literals between them; the engine gives it out whole. Two
things the session decides: whether a literal of a streaming command (APPEND) may come, and
whether the next line is an answer to a continuation request (AUTHENTICATE, IDLE) and no command.
"""

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import ClassVar

from attrs import define, frozen

from mailsuite.imap.pieces import Bounds, Pieces

CHUNK_OCTETS = 64 * 1024
_DIGITS, _ENDLESS = 18, 10**18  # of a size; more digits are no number but an attack
_HTTP = (b" HTTP/1.0", b" HTTP/1.1", b" HTTP/2.0")


@define
class Command:
    """A whole command: text, literal, text, ... text. Not frozen: one is made for each command."""

    pieces: list[bytes]


@define
class Continue:
    """A literal is announced and may come: say so."""


@define
class Offer:
    """A literal of a streaming command is announced: `stream`, `keep` or `refuse` it."""

    pieces: list[bytes]  # the command so far; its last text ends in the announcement
    size: int
    waits: bool  # the client sends it only when told to


@define
class Chunk:
    """Some octets of a literal that is streamed."""

    octets: bytes
    last: bool


@define
class Response:
    """The line that answers a continuation request."""

    octets: bytes


@frozen
class Fault:
    """A command that was dropped; after a fatal one nothing more is read."""

    start: bytes  # of its line: where its tag stands
    text: str
    too_big: bool = False
    fatal: bool = False


Event = Command | Continue | Offer | Chunk | Response | Fault


class _Mode(Enum):
    LINE = auto()
    LITERAL = auto()
    OFFERED = auto()
    STREAM = auto()
    SKIP = auto()
    RESPONSE = auto()
    DEAD = auto()


_NOTHING = object()  # go on: what was read completes nothing that the session sees


class Engine:
    """Framing of IMAP. No socket, no clock; `next` never raises on input.

    Args:
        streaming: names of the commands whose literals are offered.
    """

    __slots__ = (
        "_buffer", "_discarding", "_mode", "_needed", "_pieces", "_scanned", "_skipped",
        "_streaming", "bounds",
    )  # fmt: skip

    def __init__(self, bounds: Bounds, streaming: frozenset[bytes]) -> None:
        self.bounds = bounds
        self._streaming = streaming
        self._buffer = bytearray()
        self._scanned = 0  # of the buffer: no LF before it
        self._mode = _Mode.LINE
        self._needed = 0  # octets of the literal in hand that are still to come
        self._discarding = False  # the command is answered; what is left of it is dropped
        self._skipped = 0  # octets of its literals, dropped so far
        self._pieces = Pieces()

    @property
    def held(self) -> int:
        """Octets kept until more arrive."""
        return len(self._buffer) + self._pieces.held

    def feed(self, octets: bytes) -> None:
        """Take in octets, however the network cut them."""
        if self._mode is not _Mode.DEAD:
            self._buffer += octets

    def next(self) -> Event | None:
        """Return the next event, or None until more octets come."""
        event: object = _NOTHING
        while event is _NOTHING:
            event = self._STEPS[self._mode](self)
        return event  # type: ignore[return-value]  # the steps return events, None or _NOTHING

    # What the session decides.

    def keep(self) -> None:
        """Take the offered literal as part of the command: it comes in the next event."""
        self._mode = _Mode.LITERAL

    def stream(self) -> None:
        """Take the offered literal piece by piece; the command's next line follows it."""
        self._pieces.stream()
        self._mode = _Mode.STREAM

    def refuse(self) -> None:
        """Drop the offered literal, or what is still to come of it, and the rest of its command."""
        if self._mode is not _Mode.OFFERED:
            # Where the literal has come wholly, the line behind it is still the command's.
            skips = self._mode is _Mode.STREAM
            self._discarding, self._mode = True, _Mode.SKIP if skips else _Mode.LINE
            self._pieces.clear()
            return
        text = self._pieces.last
        self._pieces.clear()
        self._mode = _Mode.LINE
        self._rest_dropped(text)

    def expect_response(self) -> None:
        """Read the next line as an answer to a continuation request."""
        self._mode = _Mode.RESPONSE

    def drop(self) -> int:
        """Forget what came after STARTTLS in clear; return how many octets that were."""
        octets = len(self._buffer)
        self._buffer.clear()
        self._scanned = 0
        return octets

    @property
    def undecided(self) -> bool:
        """Whether a literal of a streaming command is offered, or what follows it not taken."""
        return self._mode in (_Mode.OFFERED, _Mode.STREAM) or self._pieces.streamed

    def fits(self, size: int) -> bool:
        """Say whether a literal of that size may be kept in the command in hand."""
        return self._pieces.fits(size, self.bounds)

    def take(
        self, pattern: re.Pattern[bytes], fits: Callable[[bytes], bool]
    ) -> tuple[bytes, bytes] | None:
        """Take the next command unread, if it has come wholly and is as the pattern says.

        The pattern has two groups, a tag and what `fits` is asked about, and ends in CR LF.
        """
        if self._mode is not _Mode.LINE or self._discarding or self._pieces.begun:
            return None
        found = pattern.match(self._buffer)
        if found is None:
            return None
        tag, word, end = bytes(found[1]), bytes(found[2]), found.end()
        del found  # as long as it is there, the buffer cannot change
        if not fits(word):
            return None
        del self._buffer[:end]
        self._scanned = 0
        return tag, word

    # The steps: each takes something from the buffer, or returns None.

    def _step_line(self) -> object:
        limit = self.bounds.line - self._pieces.text_octets
        line = self._take_line(limit)
        if not isinstance(line, bytes):
            return line
        text = line[:-2]
        if self._discarding:
            return self._rest_dropped(text)
        if text.endswith(_HTTP):
            return self._die("This is no web server")
        if (wrong := _wrong(line, limit)) is not None:
            return self._dropped(text, Fault(self._pieces.start(line), wrong))
        announced = _announcement(text)
        if announced is None:
            return Command(self._pieces.ended(text))
        return self._announced(text, *announced)

    def _step_literal(self) -> object:
        needed = self._needed
        if len(self._buffer) < needed:
            return None
        self._pieces.literal(bytes(self._buffer[:needed]))
        del self._buffer[:needed]
        self._mode = _Mode.LINE
        return _NOTHING

    def _step_wait(self) -> object:
        return None  # offered: until the session has decided; dead: for ever

    def _step_stream(self) -> object:
        octets = bytes(self._buffer[: min(self._needed, CHUNK_OCTETS)])
        if not octets and self._needed:
            return None
        del self._buffer[: len(octets)]
        self._needed -= len(octets)
        if not self._needed:
            self._mode = _Mode.LINE
        return Chunk(octets, last=not self._needed)

    def _step_skip(self) -> object:
        if self._skipped > self.bounds.skipped:
            return self._die("Literal too big", too_big=True)
        octets = min(self._needed, len(self._buffer))
        del self._buffer[:octets]
        self._needed -= octets
        if self._needed:
            return None
        self._mode = _Mode.LINE
        return _NOTHING

    def _step_response(self) -> object:
        line = self._take_line(self.bounds.line)
        if not isinstance(line, bytes):
            return line
        self._mode = _Mode.LINE
        if (wrong := _wrong(line, self.bounds.line)) is not None:
            return Fault(b"", wrong)
        return Response(line[:-2])

    _STEPS: ClassVar[dict[_Mode, Callable[["Engine"], object]]] = {
        _Mode.LINE: _step_line,
        _Mode.LITERAL: _step_literal,
        _Mode.OFFERED: _step_wait,
        _Mode.STREAM: _step_stream,
        _Mode.SKIP: _step_skip,
        _Mode.RESPONSE: _step_response,
        _Mode.DEAD: _step_wait,
    }

    # Parts of the steps.

    def _take_line(self, limit: int) -> bytes | Fault | None:
        """Take a line with its LF; one over twice the limit ends everything."""
        end = self._buffer.find(b"\n", self._scanned)
        length = (end if end >= 0 else len(self._buffer)) + 1
        if length > 2 * limit + 2:
            return self._die("Line too long")
        if end < 0:
            self._scanned = len(self._buffer)
            return None
        line = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._scanned = 0
        return line

    def _announced(self, text: bytes, size: int, waits: bool) -> object:  # noqa: FBT001 - a fact
        offered = self._pieces.streams(text, self._streaming)
        if not offered and not self.fits(size):
            start = self._pieces.start(text)
            return self._dropped(text, Fault(start, "Literal too big", too_big=True))
        pieces = self._pieces.announced(text)
        self._needed = size
        self._mode = _Mode.OFFERED if offered else _Mode.LITERAL
        if offered:
            return Offer(pieces, size, waits)
        return Continue() if waits else _NOTHING

    def _dropped(self, text: bytes, fault: Fault) -> Fault:
        self._pieces.clear()
        self._rest_dropped(text)
        return fault

    def _rest_dropped(self, text: bytes) -> object:
        """Drop the literal that this line announces, lest its octets be read as commands."""
        announced = _announcement(text)
        # A client that waits for `+ ` has got its answer, and sends no literal.
        self._discarding = announced is not None and not announced[1]
        if announced is not None and self._discarding:
            self._needed = announced[0]
            self._skipped += self._needed
            self._mode = _Mode.SKIP
        else:
            self._skipped = 0
        return _NOTHING

    def _die(self, text: str, *, too_big: bool = False) -> Fault:
        fault = Fault(self._pieces.start(b""), text, too_big=too_big, fatal=True)
        self._mode = _Mode.DEAD
        self._pieces.clear()
        self._buffer.clear()
        return fault


def _wrong(line: bytes, limit: int) -> str | None:
    """Say what is wrong with a line as such."""
    if len(line) > limit + 2:
        return "Line too long"
    if not line.endswith(b"\r\n"):
        return "A line ends in CR LF"
    if line.find(b"\r", 0, -2) >= 0:
        return "CR outside of CR LF"
    return "NUL in a command" if b"\0" in line else None


def _announcement(text: bytes) -> tuple[int, bool] | None:
    """Return the size of the literal that a line announces, and whether its client waits."""
    if not text.endswith(b"}"):
        return None
    digits = text[text.rfind(b"{") + 1 : -1] if b"{" in text else b""
    waits = not digits.endswith(b"+")
    if not waits:
        digits = digits[:-1]
    if not digits.isdigit():
        return None
    return (int(digits) if len(digits) <= _DIGITS else _ENDLESS), waits
