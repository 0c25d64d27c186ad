"""CRLF lines, as SMTP and POP3 send them (RFC 5321 §2.3.8), as a part of pulled engines."""

from enum import Enum

from attrs import define, field, frozen

# What browsers say when a page makes them speak to a mail port (threat W7, ALPACA).
HTTP_METHODS = frozenset({b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"CONNECT", b"DELETE"})


class Fault(Enum):
    """Why a line was dropped."""

    TOO_LONG = "line too long"
    ENDLESS = "line without end"  # over twice the limit: the connection ends
    BARE_NEWLINE = "CR or LF outside CRLF"
    NUL = "NUL in a line"


@frozen
class Line:
    """One line, without its CRLF."""

    octets: bytes


@frozen
class Malformed:
    """A line that is answered with an error and otherwise forgotten."""

    fault: Fault


@define
class Lines:
    """Finds lines in a stream, however the network cut it. No socket, no clock, no store.

    What follows a line may be no line at all (DATA, a literal): `take_all` hands it over.
    """

    limit: int  # longest line in octets, its CRLF included
    _pending: bytearray = field(factory=bytearray, init=False)
    _seen: int = field(default=0, init=False)  # octets of `_pending` known to hold no CRLF
    _dropped: int = field(default=0, init=False)  # octets of the line in hand already let go

    @property
    def held(self) -> int:
        """Octets kept until they are asked for."""
        return len(self._pending)

    def feed(self, octets: bytes) -> None:
        """Take in octets."""
        self._pending += octets

    def next(self) -> Line | Malformed | None:
        """Return the next line, or None until more octets come."""
        pending = self._pending
        end = pending.find(b"\r\n", self._seen)
        if end < 0:
            return self._unfinished()
        line = bytes(pending[:end])
        del pending[: end + 2]
        length = self._dropped + end + 2
        self._seen = self._dropped = 0
        if length > 2 * self.limit:
            return Malformed(Fault.ENDLESS)
        if length > self.limit:
            return Malformed(Fault.TOO_LONG)
        # A lone CR or LF that one server takes for a line's end and the next one does not is
        # how a second message is smuggled inside the first.
        if b"\r" in line or b"\n" in line:
            return Malformed(Fault.BARE_NEWLINE)
        if b"\0" in line:
            return Malformed(Fault.NUL)
        return Line(line)

    def _unfinished(self) -> Malformed | None:
        # The last octet may be the CR of a CRLF.
        self._seen = max(0, len(self._pending) - 1)
        if self._dropped + len(self._pending) > self.limit:
            # Too long whatever follows: keep only what may be the CR of its CRLF.
            self._dropped += self._seen
            del self._pending[: self._seen]
            self._seen = 0
        if self._dropped > 2 * self.limit:
            self._dropped = 0
            self._pending.clear()
            return Malformed(Fault.ENDLESS)
        return None

    def take(self, octets: int) -> bytes:
        """Return up to so many octets as they are, and forget them."""
        taken = bytes(self._pending[:octets])
        del self._pending[:octets]
        self._seen = 0
        return taken

    def take_all(self) -> bytes:
        """Return everything that is held, and forget it."""
        taken = bytes(self._pending)
        self.forget()
        return taken

    def forget(self) -> None:
        """Drop everything: what came in clear before TLS is nothing that was said (W3)."""
        self._pending.clear()
        self._seen = self._dropped = 0
