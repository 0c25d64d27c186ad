"""Octets as IMAP strings: quoted where that is allowed, a literal otherwise (RFC 9051 §4.3).

The form is valid for IMAP4rev1 and rev2 alike: 8-bit octets stand in literals only.
"""

import re
from collections.abc import Iterable

NIL = b"NIL"
QUOTED_OCTETS = 1_000  # longer ones are literals: some clients bound the length of a line

_SAFE = re.compile(rb"[\t -!#-\[\]-~]*+")
_SEVEN_BIT = re.compile(rb"[\x01-\x7f]*+")
_SPECIAL = re.compile(rb'(["\\])')
_FORBIDDEN = re.compile(rb"[\0\r\n]++")


def string(value: bytes) -> bytes:
    """The value as a string; NUL, CR and LF, which no quoted string may hold, are left out."""
    if len(value) <= QUOTED_OCTETS and _SAFE.fullmatch(value):
        return b'"%b"' % value
    value = _FORBIDDEN.sub(b"", value)
    if len(value) <= QUOTED_OCTETS and _SEVEN_BIT.fullmatch(value):
        return b'"%b"' % _SPECIAL.sub(rb"\\\1", value)
    return b"{%d}\r\n%b" % (len(value), value)


def nstring(value: bytes | None) -> bytes:
    """The value as a string, or NIL for None."""
    return NIL if value is None else string(value)


def list_of(values: Iterable[bytes]) -> bytes:
    """Finished items in parentheses with spaces between; NIL if there are none."""
    inside = b" ".join(values)
    return b"(%b)" % inside if inside else NIL
