"""ENVELOPE as finished IMAP octets (RFC 3501 §7.4.2, RFC 9051 §7.5.2)."""

from collections.abc import Mapping

from mailsuite.message.address_lists import Entry, parse_list
from mailsuite.message.imap_text import NIL, nstring, string

FIELDS = (
    b"date", b"subject", b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc",
    b"in-reply-to", b"message-id",
)  # fmt: skip


def envelope(fields: Mapping[bytes, bytes]) -> bytes:
    """The ENVELOPE of a message from its unfolded fields, by name in lower case."""
    get = fields.get
    author = _addresses(get(b"from"))
    # Sender and Reply-To default to From, when missing and when empty.
    sender = _addresses(get(b"sender"))
    reply_to = _addresses(get(b"reply-to"))
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        nstring(get(b"date")),
        nstring(get(b"subject")),
        author,
        author if sender == NIL else sender,
        author if reply_to == NIL else reply_to,
        _addresses(get(b"to")),
        _addresses(get(b"cc")),
        _addresses(get(b"bcc")),
        nstring(get(b"in-reply-to")),
        nstring(get(b"message-id")),
    )


def _addresses(value: bytes | None) -> bytes:
    if not value:
        return NIL
    inside = b"".join(map(_address, parse_list(value)))
    return b"(%b)" % inside if inside else NIL


def _address(entry: Entry) -> bytes:
    name, route, mailbox, host = entry
    if mailbox is None or host is None:
        return b"(NIL NIL %b NIL)" % nstring(mailbox)
    return b"(%b %b %b %b)" % (nstring(name), nstring(route), string(mailbox), string(host))
