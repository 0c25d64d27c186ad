"""Which mailbox names we take: keys of a table, never paths (threat I4).

One's own mailboxes stand at the top; those of others below "Other Users/" and the owner's name,
those of nobody in particular below "Shared/" (RFC 2342).
"""

import unicodedata

from attrs import frozen

from mailsuite.errors import BadMailboxName
from mailsuite.store.granted import COMMON
from mailsuite.store.mailboxes import DELIMITER, INBOX
from mailsuite.wire.limits import Limits

OTHERS, COMMON_ROOT = "Other Users", "Shared"
# Characters. Python's NFC takes the square of a run of accents: 5 ms here, 3 s for a literal full.
LONGEST_NORMALIZED = 2_000
RESERVED = (OTHERS, COMMON_ROOT)  # nobody's own mailbox stands there

# Advice for programs (RFC 6154 §2, RFC 8457 §4, RFC 9979); one mailbox has one, and one use one
# mailbox. \All and \Flagged would be collected from others: we have none of these.
SPECIAL_USES = (
    "\\Archive",
    "\\Drafts",
    "\\Important",
    "\\Junk",
    "\\Memos",
    "\\Scheduled",
    "\\Sent",
    "\\Snoozed",
    "\\Trash",
)


@frozen
class Place:
    """Where a name leads: whose mailbox it is, and what its owner calls it."""

    owner: str  # an account's name, or `COMMON`; empty: whoever looks
    name: str


def canonical_name(name: str) -> str:
    """The name in NFC (RFC 5198 §3), with INBOX, alone or as first level, in capitals.

    One that is longer than any mailbox's stays as it is: nothing is called so.
    """
    if not name.isascii() and len(name) <= LONGEST_NORMALIZED:
        name = unicodedata.normalize("NFC", name)
    first, delimiter, rest = name.partition(DELIMITER)
    return INBOX + delimiter + rest if first.upper() == INBOX else name


def place_of(name: str) -> Place:
    """Where a name leads; a root alone, or an owner alone, leads to nothing that exists."""
    name = canonical_name(name)
    root, _, below = name.partition(DELIMITER)
    if root == COMMON_ROOT:
        return Place(COMMON, below)
    if root != OTHERS:
        return Place("", name)
    # An owner's name is an address, and a slash may stand in its local part.
    levels = below.split(DELIMITER)
    end = next((n for n, level in enumerate(levels, 1) if "@" in level), 1)
    return Place(DELIMITER.join(levels[:end]) or OTHERS, canonical_name("/".join(levels[end:])))


def full_name(owner: str, name: str) -> str:
    """What somebody else calls a mailbox of this owner."""
    if owner == COMMON:
        return f"{COMMON_ROOT}{DELIMITER}{name}"
    return f"{OTHERS}{DELIMITER}{owner}{DELIMITER}{name}"


def new_name(name: str, limits: Limits) -> str:
    """The canonical name of a mailbox that is to be made, as its owner calls it.

    A trailing delimiter only says that names below it will follow (RFC 3501 §6.3.3).

    Raises:
        BadMailboxName: too long or deep, an empty level, a control character or line separator,
            a wildcard, no Unicode, or a reserved root.
    """
    name = canonical_name(name.removesuffix(DELIMITER))
    levels = name.split(DELIMITER)
    try:
        octets = len(name.encode())
    except UnicodeEncodeError as error:
        raise BadMailboxName from error
    if octets > limits.mailbox_name_octets or len(levels) > limits.mailbox_depth:
        raise BadMailboxName
    if not all(levels) or levels[0] in RESERVED:
        raise BadMailboxName
    # Net-Unicode has no controls and line separators (RFC 9051 §5.1); a wildcard in a name could
    # not be listed by itself.
    if any(unicodedata.category(letter) in _LEFT_OUT or letter in "*%" for letter in name):
        raise BadMailboxName
    return name


_LEFT_OUT = ("Cc", "Zl", "Zp")
