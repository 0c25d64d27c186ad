"""POP3's framing: everything that a client sends is a line (RFC 1939 §3)."""

from attrs import define, field

from mailsuite.wire.limits import Limits
from mailsuite.wire.lines import Fault, Line, Lines, Malformed

__all__ = ["Engine", "Line", "Malformed"]

Event = Line | Malformed
ENDLESS = Malformed(Fault.ENDLESS)  # the last event: nothing more is read


@define
class Engine:
    """Lines, whose limit is larger for the answer to a SASL challenge. Never raises on input."""

    _limits: Limits
    _lines: Lines = field(init=False)
    _ended: bool = field(default=False, init=False)  # after a line without end

    def __attrs_post_init__(self) -> None:
        self._lines = Lines(self._limits.pop3_line_octets)

    @property
    def held(self) -> int:
        """Octets kept until they are asked for."""
        return self._lines.held

    def feed(self, octets: bytes) -> None:
        """Take in octets, however the network cut them."""
        if not self._ended:
            self._lines.feed(octets)

    def next(self) -> Event | None:
        """Return the next line, or None until more octets come."""
        event = self._lines.next()
        if event == ENDLESS:
            self._ended = True
            self._lines.forget()
        if event is not None:
            self._lines.limit = self._limits.pop3_line_octets
        return event

    def expect_response(self) -> None:
        """Let the next line be as long as a SASL response may be (RFC 5034 §4)."""
        self._lines.limit = self._limits.smtp_auth_line_octets

    def forget(self) -> int:
        """Drop everything that came in clear before TLS (W3); return how many octets."""
        dropped = self._lines.held
        self._lines.forget()
        return dropped
