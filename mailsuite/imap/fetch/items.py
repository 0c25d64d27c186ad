"""The FETCH items of RFC 3501 §6.4.5. `needs` of "seen" sets the Seen flag afterwards."""

from mailsuite.imap.elements import parsed_by
from mailsuite.imap.fetch.batch import Message
from mailsuite.imap.fetch.section import Section, read_section, value
from mailsuite.imap.tables import fetch_item
from mailsuite.imap.writing import date_time
from mailsuite.message.parts import Kind


@fetch_item(b"UID", needs=("uid",))
def uid(message: Message) -> bytes:
    """The unique identifier (§7.4.2)."""
    return b"%d" % message.uid


@fetch_item(b"FLAGS", needs=("flags",))
def flags(message: Message) -> bytes:
    """The flags that are set (§7.4.2)."""
    return message.flag_list


@fetch_item(b"RFC822.SIZE", needs=("size",))
def size(message: Message) -> bytes:
    """Exactly the octets that BODY[] gives (§7.4.2)."""
    return b"%d" % message.size


@fetch_item(b"INTERNALDATE", needs=("internal_date",))
def internal_date(message: Message) -> bytes:
    """When it arrived, or what APPEND said (§2.3.3)."""
    return date_time(message.row.internal_date)


@fetch_item(b"ENVELOPE", needs=("envelope",))
def envelope(message: Message) -> bytes:
    """The parsed header, made at delivery (§7.4.2)."""
    return message.row.envelope


@fetch_item(b"BODY", needs=("body",))
def body(message: Message) -> bytes:
    """The structure without extension fields, made at delivery (§7.4.2)."""
    return message.row.body


@fetch_item(b"BODYSTRUCTURE", needs=("bodystructure",))
def body_structure(message: Message) -> bytes:
    """The MIME structure, made at delivery (§7.4.2)."""
    return message.row.bodystructure


SECTION = parsed_by(read_section)


@fetch_item(b"BODY[]", needs=("seen",), arguments=SECTION)
def body_section(message: Message, section: Section) -> bytes:
    """The octets of a part; sets the Seen flag (§6.4.5)."""
    return value(section, message.row)


@fetch_item(b"BODY.PEEK[]", arguments=SECTION)
def body_peek(message: Message, section: Section) -> bytes:
    """The octets of a part (§6.4.5)."""
    return value(section, message.row)


def _fixed(label: bytes, kind: Kind = Kind.BODY) -> Section:
    return Section(label, kind=kind)


WHOLE = _fixed(b"RFC822")


@fetch_item(b"RFC822", needs=("seen",), arguments=parsed_by(lambda _: WHOLE))
def rfc822(message: Message, section: Section) -> bytes:
    """The whole message; sets the Seen flag (§6.4.5)."""
    return value(section, message.row)


@fetch_item(b"RFC822.PEEK", arguments=parsed_by(lambda _: WHOLE))
def rfc822_peek(message: Message, section: Section) -> bytes:
    """The whole message: gone since RFC 2060, and still sent by Outlook (RFC 1730 §6.4.5)."""
    return value(section, message.row)


@fetch_item(b"RFC822.HEADER", arguments=parsed_by(lambda _: _fixed(b"RFC822.HEADER", Kind.HEADER)))
def rfc822_header(message: Message, section: Section) -> bytes:
    """The header (§6.4.5)."""
    return value(section, message.row)


@fetch_item(
    b"RFC822.TEXT",
    needs=("seen",),
    arguments=parsed_by(lambda _: _fixed(b"RFC822.TEXT", Kind.TEXT)),
)
def rfc822_text(message: Message, section: Section) -> bytes:
    """Everything after the header; sets the Seen flag (§6.4.5)."""
    return value(section, message.row)
