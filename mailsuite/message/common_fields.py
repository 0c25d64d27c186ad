"""The fields that lists of mail ask for, taken out of the header once, at delivery.

HEADER.FIELDS of them (RFC 9051 §6.4.5) is answered without expanding or reading the header: a
line with the names, then the fields as they stand, NUL between them.
"""

from collections.abc import Collection
from functools import lru_cache
from itertools import compress

from mailsuite.message.header import raw_fields

# What Thunderbird, mutt, Apple's, K-9, Roundcube, imapsync and others list. None of them is a
# trace field: those stand before the body, and differ from delivery to delivery.
COMMON = frozenset(
    b"""
    archived-at auto-submitted bcc cc content-description content-language content-location
    content-transfer-encoding content-type date disposition-notification-to followup-to from
    importance in-reply-to keywords lines list-archive list-help list-id list-owner list-post
    list-subscribe list-unsubscribe list-unsubscribe-post mail-followup-to mail-reply-to
    message-id mime-version newsgroups organization precedence priority references reply-to
    resent-bcc resent-cc resent-date resent-from resent-message-id resent-sender resent-to
    return-receipt-to sender subject to user-agent x-label x-mailer x-mozilla-draft-info
    x-mozilla-keys x-mozilla-status x-msmail-priority x-priority x-universally-unique-identifier
    """.split()
)
LARGEST = 8 * 1024  # octets; a header with more of them is asked itself


def common_fields(header: bytes) -> bytes:
    """The common fields of a header block; empty where it has to be asked itself."""
    names, found = [], []
    for field in raw_fields(header):
        name, colon, _ = field.partition(b":")
        name = name.rstrip(b" \t\r\n").lower()
        if colon and name in COMMON:
            names.append(name)
            found.append(field)
    packed = b"%b\n%b" % (b" ".join(names), b"\0".join(found))
    return packed if len(packed) <= LARGEST and b"\0" not in header else b""


def are_common(names: Collection[bytes]) -> bool:
    """Whether a packed header answers for fields of these names (any case)."""
    return {name.lower() for name in names} <= COMMON


def select_common(packed: bytes, names: frozenset[bytes]) -> bytes:
    """What `select_fields` gives for these names (lower case), of what `common_fields` packed."""
    there, _, fields = packed.partition(b"\n")
    chosen = b"\r\n".join(compress(fields.split(b"\0"), _chooser(there, names)))
    return chosen + b"\r\n\r\n" if chosen else b"\r\n"


@lru_cache(maxsize=4096)
def _chooser(there: bytes, names: frozenset[bytes]) -> tuple[bool, ...]:
    return tuple(name in names for name in there.split(b" "))
