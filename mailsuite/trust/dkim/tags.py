"""Tag lists, as signatures, key records and seals are written (RFC 6376 §3.2)."""

import base64
import binascii
import re

MOST_TAGS = 100  # RFC 6376 knows fifteen

_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACES = b" \t\r\n"
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*+")
# Visible ASCII but the semicolon, and the octets of UTF-8 (RFC 8616 §3).
_VALUE = re.compile(rb"[ \t!-:<-~\x80-\xff]*+")
_WHITE = bytes.maketrans(b"", b"")


class BadTags(ValueError):  # noqa: N818 - named for what happened (style.md, section 5)
    """The octets are no tag list; the words say why."""


def read_tags(octets: bytes) -> dict[str, bytes]:
    """The tags in their order, values without outer spaces; folding is undone.

    Raises:
        BadTags: an empty tag, a tag twice, a name or an octet that the grammar does not have.
    """
    specs = _FOLD.sub(b"", octets).split(b";", MOST_TAGS + 1)
    if len(specs) > MOST_TAGS:
        raise BadTags("too many tags")
    if not specs[-1].strip(_SPACES):
        specs.pop()  # the one semicolon that may stand at the end
    found: dict[str, bytes] = {}
    for spec in specs:
        name, equals, value = spec.partition(b"=")
        name, value = name.strip(_SPACES), value.strip(_SPACES)
        if not equals or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise BadTags("not a list of tags")
        key = name.decode("ascii")
        if key in found:
            raise BadTags(f"{key}= stands twice")
        found[key] = value
    return found


def read_base64(value: bytes) -> bytes:
    """The octets of a base64string; spaces in it say nothing (RFC 6376 §2.10).

    Raises:
        BadTags: it is none, or empty.
    """
    try:
        octets = base64.b64decode(value.translate(_WHITE, _SPACES), validate=True)
    except binascii.Error as error:
        raise BadTags("not base64") from error
    if not octets:
        raise BadTags("empty")
    return octets


def read_list(value: bytes) -> tuple[bytes, ...]:
    """What stands between colons, without spaces around it."""
    return tuple(item.strip(_SPACES) for item in value.split(b":"))


def read_number(value: bytes, digits: int) -> int:
    """An unsigned decimal of so many digits at most.

    Raises:
        BadTags: it is none, or longer.
    """
    if not value.isdigit() or len(value) > digits:
        raise BadTags("not a number")
    return int(value)
