"""Replies of a remote host, from octets that nobody vouches for (RFC 5321 §4.2)."""

import re
from enum import Enum

from attrs import define, field, frozen

LINES = 100
OCTETS = 64 * 1024
# What people see of it: enough for every real reply, too little to bury anything in.
TEXT_CHARACTERS = 4_096

_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_STATUS = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s+|$)")


class Fault(Enum):
    """Why a host's octets are no reply; the connection is of no more use."""

    TOO_LONG = "a reply of more than 100 lines or 64 KiB"
    NO_REPLY = "something that is no SMTP reply"


@frozen
class Answer:
    """One reply, all its lines."""

    code: int
    lines: tuple[str, ...]  # without code; printable

    @property
    def status(self) -> str:
        """The enhanced status (RFC 2034 §4), "" without one, or with one of another class."""
        found = _STATUS.match(self.lines[0])
        return found[1] if found and found[1][0] == str(self.code)[0] else ""

    @property
    def text(self) -> str:
        """The words alone, in one line, bounded."""
        words = [_STATUS.sub("", line, count=1) for line in self.lines]
        return " ".join(word for word in words if word)[:TEXT_CHARACTERS]


def printable(octets: bytes) -> str:
    """Text to show and store: no controls, nothing that reorders or hides (threat S11)."""
    text = octets.decode("utf-8", "replace")
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())


@define
class Replies:
    """Finds the replies in a stream, however the network cut it. Holds at most `OCTETS`."""

    _pending: bytearray = field(factory=bytearray, init=False)
    _lines: list[str] = field(factory=list, init=False)
    _octets: int = field(default=0, init=False)  # of the reply in hand
    _broken: Fault | None = field(default=None, init=False)

    @property
    def held(self) -> int:
        """Octets taken in and not yet given out as a reply."""
        return len(self._pending) + self._octets

    def feed(self, octets: bytes) -> None:
        """Take octets in. More than a host may say is not kept."""
        if self._broken is None:
            self._pending += octets

    def drop(self) -> None:
        """Forget everything that was not given out."""
        self._pending.clear()
        self._lines.clear()
        self._octets = 0

    def next(self) -> Answer | Fault | None:
        """The next reply, or None until more octets come; after a `Fault` always that."""
        while self._broken is None and (end := self._pending.find(b"\n")) >= 0:
            # A bare LF is let pass here: it can split nothing but the host's own words.
            line = bytes(self._pending[:end]).removesuffix(b"\r")
            del self._pending[: end + 1]
            answer = self._take(line)
            if answer is not None:
                return answer
        if self._broken is None and len(self._pending) + self._octets > OCTETS:
            self._break(Fault.TOO_LONG)
        return self._broken

    def _take(self, line: bytes) -> Answer | None:
        self._octets += len(line)
        found = _LINE.fullmatch(line)
        if found is None:
            self._break(Fault.NO_REPLY)
            return None
        self._lines.append(printable(found[3] or b""))
        if len(self._lines) > LINES or self._octets > OCTETS:
            self._break(Fault.TOO_LONG)
            return None
        if found[2] == b"-":
            return None
        lines, self._lines, self._octets = tuple(self._lines), [], 0
        return Answer(int(found[1]), lines)

    def _break(self, fault: Fault) -> None:
        self._broken = fault
        self.drop()
