"""Content-Transfer-Encoding: bodies decoded for BINARY, and what is not made of lines encoded.

RFC 2045 §6. Whatever stands in a body, decoding never fails: what is no base64 is left out, what
is no quoted-printable stays. Large bodies go in slices, so that no thread keeps the interpreter.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping

from mailsuite.message.content import token
from mailsuite.message.header import first, omit_fields
from mailsuite.message.tree import LEAF, Entity, walk

ENCODING = b"content-transfer-encoding"
PLAIN = frozenset({b"7bit", b"8bit", b"binary"})
LINE = 57  # octets that make a line of 76 characters (RFC 2045 §6.8)
SLICE = 256 * 1024  # decoded at once: about a millisecond

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FOREIGN = bytes(octet for octet in range(256) if octet not in _ALPHABET)


def encoding(fields: Mapping[bytes, bytes]) -> bytes:
    """The transfer encoding that unfolded fields name, in lower case; `7bit` if they name none."""
    return (token(fields.get(ENCODING, b"")) or b"7bit").lower()


def encoding_of(header: bytes) -> bytes:
    """The transfer encoding that a header block names, as `encoding`."""
    return encoding({ENCODING: first(header, ENCODING) or b""})


def decoded(body: bytes, coding: bytes) -> bytes | None:
    """The octets that a body stands for; None if the encoding is unknown. Never raises."""
    if coding in PLAIN:
        return body
    if coding == b"base64":
        return b"".join(_from_base64(body))
    if coding == b"quoted-printable":
        return b"".join(map(binascii.a2b_qp, _by_lines(body)))
    return None


def is_binary(_octets: bytes, entity: Entity) -> bool:
    """Whether a part says that it is binary."""
    return encoding(entity.fields) == b"binary"


def needs_encoding(octets: bytes, entity: Entity) -> bool:
    """Whether a part cannot be sent as IMAP4rev1 sends bodies: it is binary, or has NUL in it."""
    return is_binary(octets, entity) or (
        entity.kind == LEAF and octets.find(b"\0", entity.body, entity.end) >= 0
    )


def encode_parts(octets: bytes, chosen: Callable[[bytes, Entity], bool]) -> bytes | None:
    """The message with the parts that are chosen as base64; None if it is as it was.

    A part that holds others is never encoded itself (RFC 2045 §6.4): it becomes 8bit. One whose
    encoding is unknown stays as it is.
    """
    made: list[bytes] = []
    at = 0
    for entity in walk(octets):
        if not chosen(octets, entity):
            continue
        header = octets[entity.start : entity.body]
        if entity.kind != LEAF:
            made += [octets[at : entity.start], _labelled(header, b"8bit")]
            at = entity.body
            continue
        body = decoded(octets[entity.body : entity.end], encoding(entity.fields))
        if body is not None:
            made += [octets[at : entity.start], _labelled(header, b"base64"), _encoded(body)]
            at = entity.end
    return b"".join([*made, octets[at:]]) if made else None


def _from_base64(body: bytes) -> Iterator[bytes]:
    held = b""
    for at in range(0, len(body), SLICE):
        held += body[at : at + SLICE].translate(None, _FOREIGN)
        whole = len(held) & ~3
        yield binascii.a2b_base64(held[:whole])
        held = held[whole:]
    if len(held) > 1:  # one character alone is no octet
        yield binascii.a2b_base64(held + b"=" * (4 - len(held)))


def _by_lines(body: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        end = body.find(b"\n", at + SLICE) + 1 or len(body)
        yield body[at:end]
        at = end


def _labelled(header: bytes, coding: bytes) -> bytes:
    rest = omit_fields(header, (ENCODING,))
    return b"Content-Transfer-Encoding: %b\r\n%b" % (coding, rest)


def _encoded(body: bytes) -> bytes:
    steps = range(0, len(body), LINE)
    return b"".join(base64.b64encode(body[at : at + LINE]) + b"\r\n" for at in steps)
