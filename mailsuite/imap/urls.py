"""IMAP URLs of messages and their parts, as CATENATE takes them (RFC 5092 §5, §6, §11).

Relative ones only: they mean what the session that gives them may read (RFC 4469 §3).
"""

import re
from urllib.parse import unquote_to_bytes

from attrs import frozen

from mailsuite.imap.answers import Bad
from mailsuite.imap.fetch.section import Section, read_section
from mailsuite.imap.grammar import LARGEST, Cursor

LARGEST_URL = 4_000  # octets: a mailbox name of 1,000 with each octet in three

# A "/" ends a name only before ";". Not possessive: before Python 3.11.5 such a repeat forgets what
# it has found where it looks ahead.
_NAME = rb"((?:[^;?#/]|/(?!;))+)"
_URL = re.compile(
    rb"(?:%b(?:;UIDVALIDITY=([1-9][0-9]{0,9}))?/)?;UID=([1-9][0-9]{0,9})"
    rb"(?:/;SECTION=%b)?(?:/;PARTIAL=([0-9]{1,10})(?:\.([1-9][0-9]{0,9}))?)?" % (_NAME, _NAME),
    re.IGNORECASE,
)
_WRONG = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_UNTELLABLE = re.compile(rb"[^!#-\[^-~]|%(?![0-9A-Fa-f]{2})")


@frozen
class MessageUrl:
    """What a URL names.

    Attributes:
        mailbox: its name; None: the one that is selected.
        uidvalidity: 0 where the URL tells none.
        partial: first octet, and how many at most (RFC 5550 §5.7.1).
    """

    mailbox: str | None
    uidvalidity: int
    uid: int
    section: Section
    partial: tuple[int, int]


def read_url(octets: bytes, selected: str | None) -> MessageUrl | None:
    """Read a relative URL of a message or a part; None if it is none.

    `selected` is the mailbox that a URL without "/" at its start is relative to.
    """
    absolute = octets.startswith(b"/")
    found = _URL.fullmatch(octets[1:] if absolute else octets)
    if found is None or len(octets) > LARGEST_URL or _WRONG.search(octets):
        return None
    name, uidvalidity, uid, part, first, count = found.groups()
    section = _section(part or b"")
    mailbox = _mailbox(name, None if absolute else selected)
    if section is None or (name is not None and mailbox is None):
        return None
    if mailbox is None and (absolute or selected is None):
        return None
    start = int(first or 0)
    numbers = [int(number or 0) for number in (uidvalidity, uid, first, count)]
    if max(numbers) > LARGEST:
        return None
    return MessageUrl(mailbox, numbers[0], numbers[1], section, (start, numbers[3] or LARGEST))


def tellable(octets: bytes) -> bytes:
    """A URL as BADURL tells it, in quotes: what cannot stand there is encoded (RFC 4469 §5)."""
    encoded = _UNTELLABLE.sub(lambda found: b"%%%02X" % found[0][0], octets[:LARGEST_URL])
    return b'"%b"' % encoded


def _section(octets: bytes) -> Section | None:
    cursor = Cursor([b"[%b]" % unquote_to_bytes(octets)])
    try:
        section = read_section(cursor)
        cursor.end()
    except Bad:
        return None
    return section


def _mailbox(octets: bytes | None, selected: str | None) -> str | None:
    if octets is None:
        return None
    try:
        name = unquote_to_bytes(octets).decode("utf-8")  # RFC 5092 §8
    except UnicodeDecodeError:
        return None
    if selected is not None and "/" in selected:
        return f"{selected.rpartition('/')[0]}/{name}"  # beside the base (RFC 3986 §5.2.3)
    return name
