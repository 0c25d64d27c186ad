"""What SORT and THREAD ask of a message, found once from its header (RFC 5256, RFC 5957).

Texts are keys of i;unicode-casemap already: whoever sorts compares octets.
"""

import struct

from attrs import define

from mailsuite.message.address_lists import parse_list
from mailsuite.message.charsets import decode
from mailsuite.message.collation import collation_key
from mailsuite.message.dates import parse_date
from mailsuite.message.header import fields, select_fields, unfold
from mailsuite.message.preview import clean
from mailsuite.message.subjects import base_subject
from mailsuite.message.threading import message_hash, own_hash, reference_hashes
from mailsuite.message.words import decode_words

VERSION = 1  # stored with the keys: raise it, and older ones are made again when they are read

KEY_OCTETS = 256  # longer keys end in a hash: they stay distinct, and the store stays small
TEXT_OCTETS, SUBJECT_CHARACTERS = 8 * 1024, 1_000
NAMES = frozenset(
    (b"date", b"subject", b"from", b"to", b"cc", b"message-id", b"references", b"in-reply-to")
)


@define  # not frozen: one is made for every message
class OrderKeys:
    """The keys of one message.

    Attributes:
        sent_at: Date, seconds UTC; 0 if unreadable: the arrival counts then (RFC 5256 §2.2).
        reply: its subject says that it is a reply or forward.
        own: the number of its Message-ID, 0 without one (`mailsuite.message.threading`).
        ancestors: numbers of its references, 8 octets each, little-endian, the parent last.
    """

    sent_at: int
    subject: bytes
    reply: int
    from_mailbox: bytes
    to_mailbox: bytes
    cc_mailbox: bytes
    from_display: bytes
    to_display: bytes
    own: int
    ancestors: bytes


def order_keys(header: bytes) -> OrderKeys:
    """The keys of a message from its header block; of doubled fields the first counts.

    Bounded; never raises. 40 us, half as much as the scan of a message: nobody who delivers
    waits for it (`mailsuite.store.sorting`).
    """
    found: dict[bytes, bytes] = {}
    for name, value in fields(select_fields(header, NAMES)):
        found.setdefault(name, unfold(value))
    get = found.get
    date = parse_date(get(b"date", b""))
    base, reply = base_subject(
        clean(decode_words(get(b"subject", b"")[:TEXT_OCTETS]), SUBJECT_CHARACTERS)
    )
    from_mailbox, from_display = _address(get(b"from"))
    to_mailbox, to_display = _address(get(b"to"))
    numbers = reference_hashes(found)
    return OrderKeys(
        0 if date is None else date.unix,
        _key(base),
        int(reply),
        from_mailbox,
        to_mailbox,
        _address(get(b"cc"))[0],
        from_display,
        to_display,
        own_hash(found),
        struct.pack(f"<{len(numbers)}q", *numbers) if numbers else b"",
    )


def _key(text: str) -> bytes:
    key = collation_key(text)
    if len(key) <= KEY_OCTETS:
        return key
    return key[: KEY_OCTETS - 8] + (message_hash(key) & (1 << 64) - 1).to_bytes(8, "little")


def _address(value: bytes | None) -> tuple[bytes, bytes]:
    """The addr-mailbox of the first address, and what DISPLAY sorts it by (RFC 5957 §3)."""
    entries = parse_list(value[:TEXT_OCTETS], 1) if value else ()
    if not entries or entries[0].mailbox is None:
        return b"", b""
    entry = entries[0]
    local = decode(entries[0].mailbox)
    mailbox = _key(local)
    if entry.name and (name := decode_words(entry.name)):
        return mailbox, _key(name)
    if entry.host is None:
        return mailbox, mailbox
    return mailbox, _key(f"{local}@{decode(entry.host)}")
