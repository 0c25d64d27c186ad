"""Binary parts become base64: what is stored is made of lines (RFC 3030 §3, RFC 2045 §6.2)."""

import base64

from mailsuite.intake.letter import Letter
from mailsuite.message.content import token
from mailsuite.message.header import omit_fields
from mailsuite.message.tree import LEAF, walk

ENCODING = b"content-transfer-encoding"
LINE = 57  # octets that make a line of 76 characters (RFC 2045 §6.8)


def encode_binary(letter: Letter) -> None:
    """Encode each part that says it is binary, in a message that came as BINARYMIME.

    IMAP4rev1 cannot send NUL, POP3 cannot send lines without CRLF, and hardly a host takes
    BINARYMIME from us: so it is done once, here. Whatever else in it is not made of lines is
    refused by the next stage, as in any message.
    """
    if letter.envelope.body != "BINARYMIME":
        return
    octets = letter.octets[:]
    made: list[bytes] = []
    at = 0
    for entity in walk(octets):
        coding = token(entity.fields.get(ENCODING, b"")) or b""
        if coding.lower() != b"binary":
            continue
        made.append(octets[at : entity.start])
        header = octets[entity.start : entity.body]
        at = entity.body
        if entity.kind == LEAF:
            made += [_labelled(header, b"base64"), _encoded(octets[entity.body : entity.end])]
            at = entity.end
        else:
            # What holds other parts is never encoded itself (RFC 2045 §6.4).
            made.append(_labelled(header, b"8bit"))
    if made:
        letter.replace(b"".join([*made, octets[at:]]))


def _labelled(header: bytes, coding: bytes) -> bytes:
    rest = omit_fields(header, (ENCODING,))
    return b"Content-Transfer-Encoding: %b\r\n%b" % (coding, rest)


def _encoded(body: bytes) -> bytes:
    steps = range(0, len(body), LINE)
    return b"".join(base64.b64encode(body[at : at + LINE]) + b"\r\n" for at in steps)
