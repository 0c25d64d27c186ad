"""Values to octets: what a server sends, each form for one kind of value (RFC 3501 §9)."""

import binascii
import re
import time
from collections.abc import Iterable

from mailsuite.imap.names import encode_name
from mailsuite.message.dates import MONTHS

_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_SPECIAL = re.compile(rb'["\\]')
_UNQUOTABLE = re.compile(rb"[\x00\r\n\x80-\xff]")
LARGEST_DAYS = 4_096
LARGEST_QUOTED = 1_000  # longer strings are sent as literals: they need no escaping


def quoted(octets: bytes) -> bytes:
    """Return a quoted string of octets that it can hold."""
    return b'"%b"' % _SPECIAL.sub(rb"\\\g<0>", octets)


def literal(octets: bytes) -> bytes:
    """Return a literal."""
    return b"{%d}\r\n%b" % (len(octets), octets)


def string(octets: bytes) -> bytes:
    """Return the octets as quoted string where they fit in one, else as literal."""
    if len(octets) > LARGEST_QUOTED or _UNQUOTABLE.search(octets):
        return literal(octets)
    return quoted(octets)


def nstring(octets: bytes | None) -> bytes:
    """Return a string, or NIL for None."""
    return b"NIL" if octets is None else string(octets)


def astring(octets: bytes) -> bytes:
    """Return an atom where the octets are one, else a string."""
    if _ATOM.fullmatch(octets) and octets.upper() != b"NIL":
        return octets
    return string(octets)


def mailbox(name: str) -> bytes:
    """Return a mailbox name in modified UTF-7, quoted unless it is an atom."""
    return astring(encode_name(name))


def mailbox_utf8(name: str) -> bytes:
    """Return a mailbox name in UTF-8, in a quoted string unless it is an atom (RFC 9755 §3)."""
    octets = name.encode("utf-8")
    return astring(octets) if octets.isascii() else quoted(octets)


def parenthesised(items: Iterable[bytes]) -> bytes:
    """Return a list: `(a b c)`."""
    return b"(%b)" % b" ".join(items)


class _Days(dict[int, bytes]):
    """Days as they are written; there are few distinct ones in a mailbox."""

    def __missing__(self, day: int) -> bytes:
        if len(self) >= LARGEST_DAYS:
            self.clear()
        at = time.gmtime(day * 86_400)
        date = f'"{at.tm_mday:2}-{MONTHS[at.tm_mon - 1]}-{at.tm_year:04} '
        text = self[day] = date.encode("ascii")
        return text


_DAYS = _Days()
_MINUTES = [b"%02d:%02d:" % divmod(minute, 60) for minute in range(1440)]
_SECONDS = [b'%02d +0000"' % second for second in range(60)]


def date_time(seconds: int) -> bytes:
    """Return a date-time in UTC, quoted: `"17-Jul-1996 09:44:25 +0000"`."""
    minutes, second = divmod(seconds, 60)
    day, minute = divmod(minutes, 1440)
    return _DAYS[day] + _MINUTES[minute] + _SECONDS[second]


def base64(octets: bytes) -> bytes:
    """Return base64 on one line."""
    return binascii.b2a_base64(octets, newline=False)


def uid_set(uids: Iterable[int]) -> bytes:
    """Return ascending UIDs as a uid-set: `2,4:7,9` (RFC 4315 §4)."""
    spans: list[tuple[int, int]] = []
    for uid in uids:
        if spans and spans[-1][1] + 1 == uid:
            spans[-1] = (spans[-1][0], uid)
        else:
            spans.append((uid, uid))
    return b",".join(b"%d" % a if a == b else b"%d:%d" % (a, b) for a, b in spans)
