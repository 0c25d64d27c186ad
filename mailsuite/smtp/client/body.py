"""A message as the octets after DATA: CRLF line ends only, dots stuffed, no line over 998.

What the intake queues has clean line ends; whatever else may be in a body leaves clean too
(threat W2).
"""

import re
from collections.abc import Callable, Iterator

from attrs import define, field

LINE_OCTETS = 998  # without CRLF (RFC 5322 §2.1.1)
PIECE = 256 * 1024
END_OF_DATA = b".\r\n"

_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_LONG = re.compile(rb"(?<![^\r\n])[^\r\n]{999,}+")


@define
class Made:
    """`mailsuite.relay.ports.Pieces` of octets that are in memory."""

    octets: bytes
    _at: int = field(default=0, init=False)

    @property
    def size(self) -> int:
        """See `Pieces.size`."""
        return len(self.octets)

    async def next_piece(self) -> bytes:
        """See `Pieces.next_piece`."""
        piece = self.octets[self._at : self._at + PIECE]
        self._at += len(piece)
        return piece

    async def changed(self, change: Callable[[bytes], bytes]) -> bytes:
        """See `Pieces.changed`; it is done at once."""
        return change(self.octets)


@define
class Outgoing:
    """Makes what is sent of a message that comes in pieces, however it was cut."""

    _held: bytes = field(default=b"", init=False)  # a line that has no end yet; bounded

    def piece(self, octets: bytes) -> bytes:
        """What can be sent now: whole lines (RFC 5321 §4.5.2)."""
        octets = self._held + octets
        # Its LF may come with the next piece.
        whole, held = (octets[:-1], b"\r") if octets.endswith(b"\r") else (octets, b"")
        lines = _clean(whole)
        end = lines.rfind(b"\r\n") + 2 if b"\r\n" in lines else 0
        lines, rest = lines[:end], lines[end:]
        if len(rest) > 2 * LINE_OCTETS:
            # It will be cut anyway; where, does not depend on what comes after.
            *cut, rest = _cuts(rest)
            lines += b"\r\n ".join(cut) + b"\r\n"
            rest = b" " + rest
        self._held = rest + held
        return _stuffed(_short_lines(lines))

    def end(self) -> bytes:
        """The rest, and the end of data (RFC 5321 §4.1.1.4)."""
        rest = _clean(self._held)
        ended = not rest or rest.endswith(b"\r\n")
        return _stuffed(_short_lines(rest)) + (b"" if ended else b"\r\n") + END_OF_DATA


def _clean(piece: bytes) -> bytes:
    ends = piece.count(b"\r\n")
    if piece.count(b"\r") == ends == piece.count(b"\n"):
        return piece
    return _BARE.sub(b"\r\n", piece)


def _short_lines(piece: bytes) -> bytes:
    """Cut long lines: the rest goes on after CRLF and a space, as a folded header field does."""
    # Looked at first: the pattern tries each octet of each line as its beginning.
    if max(map(len, piece.split(b"\r\n"))) <= LINE_OCTETS:
        return piece
    return _LONG.sub(lambda found: b"\r\n ".join(_cuts(found[0])), piece)


def _cuts(line: bytes) -> Iterator[bytes]:
    at, room = 0, LINE_OCTETS
    while at < len(line):
        end = min(at + room, len(line))
        # Not within a UTF-8 character, which is at most four octets long.
        for _ in range(3):
            if end < len(line) and line[end] & 0xC0 == 0x80:
                end -= 1
        yield line[at:end]
        at, room = end, LINE_OCTETS - 1  # the space


def _stuffed(piece: bytes) -> bytes:
    stuffed = piece.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
