"""Canonical forms of header fields and bodies (RFC 6376 §3.4).

Every line end is CRLF: the intake refuses anything else. A body is walked once, in pieces; no
octet is looked at more often than a constant times, whatever the pieces hold.
"""

import hashlib
import re
from collections.abc import Iterable
from enum import Enum
from typing import Protocol

from attrs import define, field

_FOLD = re.compile(rb"\r\n(?=[ \t])")
_RUN = re.compile(rb"[ \t]{2,}+|\t")
BLANK_LINES = 32 * 1024  # that are hashed at once


class Form(Enum):
    """One of the two canonical forms."""

    SIMPLE = "simple"
    RELAXED = "relaxed"


def canonical_field(raw: bytes, form: Form) -> bytes:
    """A header field in its form, with CRLF at its end (RFC 6376 §3.4.1, §3.4.2).

    `raw` is as it stands in the message, folding included, without its last CRLF.
    """
    if form is Form.SIMPLE:
        return raw + b"\r\n"
    name, _, value = raw.partition(b":")
    value = _RUN.sub(b" ", _FOLD.sub(b"", value)).strip(b" \t\r\n")
    return b"%b:%b\r\n" % (name.strip(b" \t\r\n").lower(), value)


class Digest(Protocol):
    """A SHA-256 in the making."""

    def update(self, octets: bytes, /) -> None:
        """Take more octets."""

    def copy(self) -> "Digest":
        """Another one that goes on from here."""
        ...

    def digest(self) -> bytes:
        """What it is now."""
        ...


@define
class BodyHash:
    """SHA-256 of a body in one form, and of each of its beginnings that is asked for.

    Args:
        cuts: lengths in canonical octets (`l=`); a cut beyond the end has no hash.
    """

    form: Form
    cuts: Iterable[int] = ()
    octets: int = field(default=0, init=False)  # hashed so far; at last the canonical length
    found: dict[int, bytes] = field(factory=dict, init=False)  # by cut
    _ahead: list[int] = field(init=False)  # cuts to come, the nearest last
    _sha: Digest = field(factory=hashlib.sha256, init=False)
    _lines: int = field(default=0, init=False)  # CRLFs that may turn out to be the last ones
    _rest: bytes = field(default=b"", init=False)  # a space, a CR or both: half a line's end
    _begun: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._ahead = sorted(set(self.cuts), reverse=True)
        self._take(b"")

    def feed(self, piece: bytes) -> None:
        """Take the next octets of the body, cut anywhere."""
        piece = self._rest + piece
        if self.form is Form.RELAXED:
            piece = _squeezed(piece)
            core = piece.rstrip(b" \r\n")
        else:
            core = piece.rstrip(b"\r\n")
        if core:
            self._take_lines()
            self._take(core)
            self._begun = True
        ends = piece.count(b"\r\n", len(core))
        self._lines += ends
        self._rest = piece[piece.rfind(b"\r\n", len(core)) + 2 :] if ends else piece[len(core) :]

    def end(self) -> bytes:
        """The hash of all of it, now that its last piece was fed."""
        if self._begun or self.form is Form.SIMPLE:
            self._take(b"\r\n")
        return self._sha.digest()

    def _take_lines(self) -> None:
        while self._lines:
            some = min(self._lines, BLANK_LINES)
            self._take(b"\r\n" * some)
            self._lines -= some

    def _take(self, octets: bytes) -> None:
        end = self.octets + len(octets)
        while self._ahead and self._ahead[-1] <= end:
            cut = self._ahead.pop()
            beginning = self._sha.copy()
            beginning.update(octets[: cut - self.octets])
            self.found[cut] = beginning.digest()
        self._sha.update(octets)
        self.octets = end


def _squeezed(piece: bytes) -> bytes:
    """Runs of white space as one space, none before a line's end.

    By replacing: a pattern that looks at each space of a text takes five times as long. A run of
    n spaces is gone after log2(n) walks.
    """
    if b"\t" in piece:
        piece = piece.replace(b"\t", b" ")
    while b"  " in piece:
        piece = piece.replace(b"  ", b" ")
    return piece.replace(b" \r\n", b"\r\n")
