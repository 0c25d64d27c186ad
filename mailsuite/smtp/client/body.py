"""A message as the octets after DATA: CRLF line ends only, dots stuffed, no line over 998.

What is in the store may have come by APPEND or an import; what leaves is clean (threat W2).
"""

import re
from collections.abc import Iterator

CHUNK_OCTETS = 64 * 1024
LINE_OCTETS = 998  # without CRLF (RFC 5322 §2.1.1)
END_OF_DATA = b".\r\n"

_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_LONG = re.compile(rb"[^\r\n]{999,}")
_EIGHT_BIT = re.compile(rb"[\x80-\xff]")


def has_eight_bit(octets: bytes) -> bool:
    """Whether an octet has its high bit set."""
    return _EIGHT_BIT.search(octets) is not None


def data(octets: bytes) -> Iterator[bytes]:
    """The octets to send, end of data included (RFC 5321 §4.1.1.4, §4.5.2)."""
    ended = True
    for piece in _whole_lines(octets):
        yield _stuffed(_short_lines(_clean(piece)))
        ended = piece.endswith((b"\n", b"\r"))
    yield END_OF_DATA if ended else b"\r\n" + END_OF_DATA


def _whole_lines(octets: bytes) -> Iterator[bytes]:
    """Pieces of about `CHUNK_OCTETS` that end where a line ends."""
    at = 0
    while at < len(octets):
        end = octets.rfind(b"\n", at, at + CHUNK_OCTETS) + 1
        if end <= at:
            end = (octets.find(b"\n", at + CHUNK_OCTETS) + 1) or len(octets)
        if at + CHUNK_OCTETS >= len(octets):
            end = len(octets)
        yield octets[at:end]
        at = end


def _clean(piece: bytes) -> bytes:
    return _BARE.sub(b"\r\n", piece) if _BARE.search(piece) else piece


def _short_lines(piece: bytes) -> bytes:
    """Cut long lines: the rest goes on after CRLF and a space, as a folded header field does."""
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
