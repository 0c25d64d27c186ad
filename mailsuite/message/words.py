"""Encoded words of header fields (RFC 2047), read tolerantly and written by one rule."""

import base64
import binascii
import re

from mailsuite.message.charsets import decode

# At most one match begins in any stretch without "?", so the search is linear.
_WORD = re.compile(rb"=\?([^\s?]{1,60})\?([bBqQ])\?([^\s?]*+)\?=")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]++")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACES = b" \t\r\n"
_CHUNK = 45  # octets in one encoded word: with "=?utf-8?B?" and "?=" 72 of the 75 of §2


def decode_words(value: bytes) -> str:
    """A field's value as text for people, unfolded, outer spaces removed. Never raises.

    White space between two encoded words is dropped, and two neighbours of one charset are
    decoded together, since many senders cut characters in half (RFC 2047 §6.2, §8).
    """
    value = _FOLD.sub(b"", value).strip(_SPACES)
    if b"=?" not in value:
        return decode(value, "us-ascii")
    pieces: list[str] = []
    at = 0
    charset, held = "", bytearray()
    for word in _WORD.finditer(value):
        between = value[at : word.start()]
        name = word[1].partition(b"*")[0].decode("latin-1").lower()  # RFC 2231 §5: language
        if held and (between.strip(_SPACES) or name != charset):
            pieces.append(decode(bytes(held), charset))
            held.clear()
        if between.strip(_SPACES):
            pieces.append(decode(between))
        charset = name
        held += unbase64(word[3]) if word[2] in b"bB" else _unq(word[3])
        at = word.end()
    pieces += [decode(bytes(held), charset), decode(value[at:])]
    return "".join(pieces)


def encode_words(text: str) -> list[str]:
    """The encoded words that stand for the text, each at most 75 characters (RFC 2047 §2)."""
    words, start = [], 0
    octets = text.encode("utf-8")
    while start < len(octets):
        end = min(start + _CHUNK, len(octets))
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1  # no character is cut in half (§5)
        words.append(f"=?utf-8?B?{base64.b64encode(octets[start:end]).decode('ascii')}?=")
        start = end
    return words


def unbase64(octets: bytes) -> bytes:
    """Base64 as it comes: foreign characters and bad padding are left out. Never raises."""
    clean = _NOT_BASE64.sub(b"", octets)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def _unq(octets: bytes) -> bytes:
    return binascii.a2b_qp(octets, header=True)
