"""SMTP's framing: command lines, the text of DATA, the octets of BDAT.

Only CR LF . CR LF ends the text of DATA (RFC 5321 §4.1.1.4); a lone CR or LF ends nothing,
and a message that holds one is refused by the session (threat W1). One `find` for CR LF dot
serves the end and the dots to be taken off; a regular expression for bare CR or LF would cost
thirty times the counting.
"""

from enum import Enum, auto

from attrs import define, field, frozen

from mailsuite.wire.limits import Limits
from mailsuite.wire.lines import Line, Lines, Malformed

__all__ = ["End", "Engine", "Line", "Malformed", "Newlines", "Text"]


class Mode(Enum):
    """How the next octets are to be read."""

    COMMAND = auto()
    TEXT = auto()  # DATA
    CHUNK = auto()  # BDAT


@frozen
class Text:
    """Octets of the message, without dot-stuffing."""

    octets: bytes


@frozen
class End:
    """The text of DATA, or one chunk of BDAT, is complete."""


Event = Line | Malformed | Text | End
END = End()


@define
class Newlines:
    """Counts CR and LF over the pieces of one message, however they were cut."""

    limit: int  # longest line, in octets
    _cr: int = field(default=0, init=False)
    _lf: int = field(default=0, init=False)
    _crlf: int = field(default=0, init=False)
    _after_cr: bool = field(default=False, init=False)
    _line: int = field(default=0, init=False)  # octets since the last CRLF
    too_long: bool = field(default=False, init=False)

    def look(self, octets: bytes) -> None:
        """Count the next piece."""
        if not octets:
            return
        self._cr += octets.count(b"\r")
        self._lf += octets.count(b"\n")
        self._crlf += octets.count(b"\r\n")
        if self._after_cr and octets[:1] == b"\n":
            self._crlf += 1
            self._line = -1  # the LF belongs to the line before
        self._after_cr = octets[-1:] == b"\r"
        # Lines inside a piece are not measured: a piece is hardly longer than the limit.
        first = octets.find(b"\r\n")
        if self._line + (len(octets) if first < 0 else first) > self.limit:
            self.too_long = True
        if first < 0:
            self._line += len(octets)
        else:
            self._line = len(octets) - octets.rfind(b"\r\n") - 2

    @property
    def bare(self) -> bool:
        """True when a CR or an LF stood alone."""
        return not self._cr == self._lf == self._crlf


class Engine:
    """Bytes in, events out; pulled (`mailsuite.wire.conversation`)."""

    __slots__ = ("_at_line_start", "_chunk", "_lines", "_mode", "_normal_limit")

    def __init__(self, limits: Limits) -> None:
        self._lines = Lines(limits.smtp_line_octets)
        self._normal_limit = limits.smtp_line_octets
        self._mode = Mode.COMMAND
        self._at_line_start = True
        self._chunk = 0

    @property
    def held(self) -> int:
        """Octets kept until they are asked for."""
        return self._lines.held

    def feed(self, octets: bytes) -> None:
        """Take in octets."""
        self._lines.feed(octets)

    def next(self) -> Event | None:
        """Return the next event, or None until more octets come."""
        if self._mode is Mode.COMMAND:
            return self._lines.next()
        if self._mode is Mode.TEXT:
            return self._text()
        return self._chunked()

    def begin_text(self) -> None:
        """Read what follows as the text of DATA."""
        self._mode = Mode.TEXT
        self._at_line_start = True

    def begin_chunk(self, octets: int) -> None:
        """Read so many octets as they are (RFC 3030 §2)."""
        self._mode = Mode.CHUNK
        self._chunk = octets

    def expect_response(self, limit: int | None) -> None:
        """Let the next lines be as long as an AUTH response; None: as a command again."""
        self._lines.limit = limit or self._normal_limit

    def forget(self) -> None:
        """Drop everything that came in: TLS begins (RFC 3207 §4.2)."""
        self._lines.forget()
        self._mode = Mode.COMMAND
        self.expect_response(None)

    def _chunked(self) -> Event | None:
        if self._chunk == 0:
            self._mode = Mode.COMMAND
            return END
        octets = self._lines.take(self._chunk)
        self._chunk -= len(octets)
        return Text(octets) if octets else None

    def _text(self) -> Event | None:
        pending = self._lines.take_all()
        pieces: list[bytes] = []
        start = 0
        if self._at_line_start and pending[:1] == b".":
            if len(pending) < 3 and b".\r\n".startswith(pending):
                self._lines.feed(pending)
                return None
            if pending.startswith(b".\r\n"):
                return self._ended(pending, 3)
            start = 1
        at = start
        while (at := pending.find(b"\r\n.", at)) >= 0:
            pieces.append(pending[start : at + 2])
            after = pending[at + 3 : at + 5]
            if len(after) < 2 and b"\r\n".startswith(after):
                # Undecided: the dot waits for what follows it.
                return self._cut(pieces, pending, at + 2, line_start=True)
            if after == b"\r\n":
                return self._cut(pieces, pending, at + 2, line_start=True)
            start = at = at + 3
        held = len(pending) - (1 if pending[-1:] == b"\r" else 0)
        if held > start:
            pieces.append(pending[start:held])
        return self._cut(pieces, pending, held, line_start=False)

    def _cut(
        self, pieces: list[bytes], pending: bytes, at: int, *, line_start: bool
    ) -> Text | End | None:
        """Give out the pieces, and keep what stands from `at` on."""
        if rest := pending[at:]:
            self._lines.feed(rest)
        text = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if text:
            self._at_line_start = line_start or text.endswith(b"\r\n")
            return Text(text)
        return None

    def _ended(self, pending: bytes, at: int) -> End:
        self._mode = Mode.COMMAND
        if rest := pending[at:]:
            self._lines.feed(rest)
        return END
