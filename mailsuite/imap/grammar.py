"""Octets of a command to values (RFC 3501 §9, RFC 9051 §9): a cursor over one command.

A command arrives as pieces: text, literal, text, literal, ... text; each text but the last ends
in the `{n}` that announces the literal after it. Nothing here recurses, backtracks, or calls
`int()` before the digits are counted. Every complaint is a `Bad`.
"""

import re
from collections.abc import Sequence

from mailsuite.imap.answers import Bad

# One character class and one quantifier each, or possessive: linear on any input.
_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_ASTRING = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
_LIST_MAILBOX = re.compile(rb'[^\x00-\x20\x7f-\xff(){"\\]+')
_TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]+')
_DIGITS = re.compile(rb"[0-9]+")
_QUOTED = re.compile(rb'"((?:[^"\\\x00\r\n]++|\\["\\])*+)"')
_ESCAPE = re.compile(rb'\\(["\\])')
_LITERAL = re.compile(rb"~?\{[0-9]+\+?\}")

LARGEST = 0xFFFFFFFF  # number: 32 bits, unsigned (RFC 3501 §9)
LARGEST64 = 0x7FFFFFFFFFFFFFFF  # mod-sequence-value: 63 bits (RFC 7162 §7)


class Unfinished(Exception):  # noqa: N818 - no error: the literal is still to come
    """The parse came to a literal whose octets have not arrived."""


class Cursor:
    """Where the parse of one command stands. Methods named for a rule of the grammar read it."""

    __slots__ = ("_literals", "_next", "_texts", "at", "depth", "largest_depth", "text", "utf8")

    def __init__(self, pieces: Sequence[bytes], nesting: int = 50, *, utf8: bool = False) -> None:
        self.utf8 = utf8  # the client has said that its strings are (RFC 9755 §3)
        self.text = pieces[0]
        self.at = 0
        self.depth = 0
        self.largest_depth = nesting
        self._texts = pieces[0::2]
        self._literals = pieces[1::2]
        self._next = 0

    # Looking.

    @property
    def ended(self) -> bool:
        """Nothing of the command is left."""
        return self.at >= len(self.text) and self._next >= len(self._literals)

    def sees(self, octets: bytes) -> bool:
        """Say whether these very octets come next."""
        return self.text.startswith(octets, self.at)

    def sees_one_of(self, octets: bytes) -> bool:
        """Say whether the next octet is one of these."""
        return self.at < len(self.text) and self.text[self.at] in octets

    def sees_word(self, word: bytes) -> bool:
        """Say whether this atom comes next, in any case."""
        found = _ATOM.match(self.text, self.at)
        return found is not None and found.group().upper() == word

    # Taking.

    def skip(self, octets: bytes) -> bool:
        """Take these very octets if they come next."""
        if self.text.startswith(octets, self.at):
            self.at += len(octets)
            return True
        return False

    def expect(self, octets: bytes) -> None:
        """Take these very octets."""
        if not self.skip(octets):
            raise Bad(f"Expected {octets.decode('ascii')!r}")

    def space(self) -> None:
        """Take one SP."""
        if self.at < len(self.text) and self.text[self.at] == 0x20:
            self.at += 1
        else:
            raise Bad("Missing argument" if self.ended else "Expected a space")

    def end(self) -> None:
        """Make sure that nothing is left."""
        if not self.ended:
            raise Bad("Unexpected text after the command")

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Take what the pattern (linear!) matches here."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def rest(self) -> bytes:
        """Take the text up to the next literal or the end of the command."""
        octets = self.text[self.at :]
        self.at = len(self.text)
        return octets

    def enter(self) -> None:
        """Take an opening parenthesis, the nesting counted (limit: `imap_nesting`)."""
        self.expect(b"(")
        self.depth += 1
        if self.depth > self.largest_depth:
            raise Bad("Nested too deeply")

    def leave(self) -> bool:
        """Take the closing parenthesis if it comes next."""
        if self.skip(b")"):
            self.depth -= 1
            return True
        return False

    # The rules.

    def tag(self) -> bytes:
        """Tag: any ASTRING-CHAR except "+"."""
        return self._taken(_TAG, "Expected a tag")

    def atom(self) -> bytes:
        """Atom, as it was written."""
        return self._taken(_ATOM, "Expected an atom")

    def word(self) -> bytes:
        """Atom, in capitals: a name of the protocol."""
        return self.atom().upper()

    def number(self, largest: int = LARGEST) -> int:
        """Number up to `largest`."""
        digits = self._taken(_DIGITS, "Expected a number")
        return read_number(digits, largest)

    def quoted(self) -> bytes:
        """Quoted string; 8-bit octets are passed on as they came."""
        found = self.match(_QUOTED)
        if found is None:
            raise Bad("Quoted string does not end")
        octets = found.group(1)
        if self.utf8 and not octets.isascii() and not _is_utf8(octets):
            raise Bad("Quoted string is not in UTF-8")
        return _ESCAPE.sub(rb"\1", octets) if b"\\" in octets else octets

    def literal(self) -> bytes:
        """Literal, sent in a piece of its own; no NUL in it (RFC 3501 §9, CHAR8)."""
        octets = self.literal8()
        if b"\0" in octets:
            raise Bad("NUL in a literal")
        return octets

    def literal8(self) -> bytes:
        """Literal of any octets.

        Raises:
            Unfinished: the literal is announced, and nothing of it has come yet.
        """
        if self.match(_LITERAL) is None or self.at != len(self.text):
            raise Bad("Expected a literal")
        if self._next >= len(self._literals):
            raise Unfinished
        octets = self._literals[self._next]
        self._next += 1
        self.text = self._texts[self._next]
        self.at = 0
        return octets

    def announcement(self) -> None:
        """Take the announcement of a literal that is handed on instead of read."""
        if self.match(_LITERAL) is None or not self.ended:
            raise Bad("Expected a literal")

    def string(self) -> bytes:
        """Quoted string or literal."""
        if self.sees(b'"'):
            return self.quoted()
        if self.sees(b"{"):
            return self.literal()
        raise Bad("Expected a string")

    def nstring(self) -> bytes | None:
        """String, or None for NIL."""
        if self.sees_one_of(b'"{'):
            return self.string()
        if self.word() != b"NIL":
            raise Bad("Expected a string or NIL")
        return None

    def astring(self) -> bytes:
        """Atom with "]" allowed, or a string."""
        found = self.match(_ASTRING)
        return found.group() if found is not None else self.string()

    def list_mailbox(self) -> bytes:
        """Pattern of LIST: an atom with wildcards allowed, or a string."""
        found = self.match(_LIST_MAILBOX)
        return found.group() if found is not None else self.string()

    def _taken(self, pattern: re.Pattern[bytes], complaint: str) -> bytes:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise Bad("Missing argument" if self.ended else complaint)
        self.at = found.end()
        return found.group()


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read_number(digits: bytes, largest: int = LARGEST) -> int:
    """Return the number, its digits counted before they are converted (CVE-2020-10735)."""
    if len(digits) > 20:
        raise Bad("Number out of range")
    value = int(digits)
    if value > largest:
        raise Bad("Number out of range")
    return value
