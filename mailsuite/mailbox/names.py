"""Which mailbox names we take: keys of a table, never paths (threat I4)."""

import unicodedata

from mailsuite.errors import BadMailboxName
from mailsuite.store.mailboxes import DELIMITER, INBOX
from mailsuite.wire.limits import Limits

# Roots of other namespaces (RFC 2342): nobody's own mailbox stands there.
RESERVED = ("Other Users", "Shared")


def canonical_name(name: str) -> str:
    """The name with INBOX, alone or as its first level, in capitals (RFC 3501 §5.1)."""
    first, delimiter, rest = name.partition(DELIMITER)
    return INBOX + delimiter + rest if first.upper() == INBOX else name


def new_name(name: str, limits: Limits) -> str:
    """The canonical name of a mailbox that is to be made.

    A trailing delimiter only says that names below it will follow (RFC 3501 §6.3.3).

    Raises:
        BadMailboxName: too long or deep, an empty level, a control character, a wildcard, no
            Unicode, or a reserved root.
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
    # A wildcard in a name could not be listed by itself.
    if any(unicodedata.category(letter) == "Cc" or letter in "*%" for letter in name):
        raise BadMailboxName
    return name
