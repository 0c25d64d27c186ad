"""Mail that we build: one writer of header fields, and the bodies of plain texts and reports.

What is written here is safe whatever it is told (threat M9): CR, LF and NUL are refused, what is
not plain ASCII is encoded, and lines keep to RFC 5322 §2.1.1. Clock and randomness are handed in.
"""

import base64
import re
from collections.abc import Iterable, Sequence

from attrs import frozen

from mailsuite.message.addresses import Address
from mailsuite.message.words import encode_words

LINE = 78  # characters a line should have at most, its CRLF not counted (RFC 5322 §2.1.1)
LONGEST = 998  # what it may have
BASE64_LINE = 57  # octets that make a line of 76 characters (RFC 2045 §6.8)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9\-]{0,76}")
_PLAIN = re.compile(r"[ -~]*+")
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]++")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&+\-.^_`{|}~]++")
_FORBIDDEN = re.compile(r"[\r\n\0]")
_LINE_END = re.compile(r"\r\n|\r|\n")

Pair = tuple[str, str]


class BadField(ValueError):  # noqa: N818 - named for what happened (style.md, section 5)
    """A field that cannot be written: a line end or NUL in it, or a name that is none."""


@frozen
class Part:
    """One part of a multipart: its media type, its octets, and how they are encoded."""

    type: str  # "text/plain", "message/delivery-status" …
    octets: bytes
    parameters: tuple[Pair, ...] = ()
    encoding: str = "7bit"
    description: str = ""


def unstructured(name: str, text: str) -> bytes:
    """A field of free text such as Subject, folded and with its CRLF (RFC 5322 §2.2, RFC 2047).

    Raises:
        BadField: CR, LF, NUL or half a surrogate pair in it.
    """
    _check(name, text)
    if text == text.strip() and "=?" not in text and _PLAIN.fullmatch(text):
        words = text.split(" ")
        if max(map(len, words)) <= LONGEST - len(name) - 3:
            return _fold(f"{name}:", words)
    return _fold(f"{name}:", encode_words(text))


def structured(name: str, tokens: Sequence[str]) -> bytes:
    """A field whose value is ready: tokens between which the line may be folded.

    Raises:
        BadField: as `unstructured`, or anything that is not printable ASCII.
    """
    for token in tokens:
        _check(name, token)
        if not _PLAIN.fullmatch(token) or len(token) > LONGEST - len(name) - 3:
            raise BadField(f"{name}: nothing that stands in a field as it is")
    return _fold(f"{name}:", tokens)


def addresses(name: str, people: Iterable[tuple[str, Address]]) -> bytes:
    """From, To and the like: display names (empty: none) and addresses (RFC 5322 §3.4).

    A local part beyond ASCII makes the field one of RFC 6532, in UTF-8.

    Raises:
        BadField: as `unstructured`.
    """
    items = []
    for display, address in people:
        _check(name, display)
        canonical = Address(address.localpart, address.canonical.domain)
        items.append(f"{_phrase(display)}<{canonical}>" if display else str(canonical))
    return _fold(f"{name}:", " ".join(f"{item}," for item in items)[:-1].split(" "), wide=True)


def parameters(name: str, value: str, pairs: Iterable[Pair]) -> bytes:
    """Content-Type and its kin: a value and its parameters, by RFC 2231 where they need it.

    Raises:
        BadField: as `structured`.
    """
    items = [value]
    for key, text in pairs:
        _check(name, text)
        items += parameter_tokens(key, text)
    return structured(name, [f"{item};" for item in items[:-1]] + items[-1:])


def text_message(fields: Iterable[bytes], text: str) -> bytes:
    """A whole text/plain message in CRLF; the fields come from the writers above."""
    octets = _text_octets(text)
    part = Part("text/plain", octets, (("charset", "utf-8"),), _encoding_for(octets))
    return b"".join([*fields, b"MIME-Version: 1.0\r\n", *_part(part)])


def report_message(
    fields: Iterable[bytes], report_type: str, parts: Sequence[Part], boundary: str
) -> bytes:
    """A whole multipart/report message (RFC 6522 §3), such as a DSN (RFC 3464 §2).

    `report_type` is "delivery-status" for those; the boundary is the caller's random one.

    Raises:
        BadField: the boundary stands in a part.
    """
    rendered = [b"".join(_part(part)) for part in parts]
    delimiter = b"--" + boundary.encode("ascii")
    if any(delimiter in part for part in rendered):
        raise BadField("the boundary stands in a part")
    kind = parameters(
        "Content-Type",
        "multipart/report",
        (("report-type", report_type), ("boundary", boundary)),
    )
    body = b"".join(b"%b\r\n%b\r\n" % (delimiter, part) for part in rendered)
    head = b"".join([*fields, b"MIME-Version: 1.0\r\n", kind, b"\r\n"])
    return b"%b%b%b--\r\n" % (head, body, delimiter)


def text_part(text: str, description: str = "") -> Part:
    """A text/plain part in UTF-8."""
    octets = _text_octets(text)
    return Part("text/plain", octets, (("charset", "utf-8"),), _encoding_for(octets), description)


def message_id(hostname: str, unix: float, random: bytes) -> str:
    """A Message-ID with its brackets (RFC 5322 §3.6.4): the second, the randomness, the host."""
    return f"<{int(unix):x}.{random.hex()}@{hostname}>"


def _check(name: str, text: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadField(f"{name!r} is no field's name")
    if _FORBIDDEN.search(text):
        raise BadField(f"{name}: CR, LF or NUL")
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise BadField(f"{name}: half a surrogate pair")


def _fold(start: str, tokens: Sequence[str], *, wide: bool = False) -> bytes:
    lines, line = [], start
    for token in tokens:
        # An empty token is one more space of a run: a line of spaces alone would be lost.
        if len(line) + 1 + len(token) > LINE and line != start and token and line.strip():
            lines.append(line)
            line = ""
        line += f" {token}"
    lines.append(line)
    octets = "\r\n".join(lines).encode("utf-8" if wide else "ascii")
    return octets + b"\r\n"


def _phrase(display: str) -> str:
    if display == display.strip() and "=?" not in display and _PLAIN.fullmatch(display):
        if "  " not in display and _PHRASE.fullmatch(display):
            return f"{display} "
        if len(display) <= LINE - 20 and "  " not in display:
            quoted = display.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{quoted}" '
    return " ".join([*encode_words(display), ""])


def parameter_tokens(key: str, text: str) -> list[str]:
    """One parameter, by RFC 2231 where it needs it, without semicolons.

    Raises:
        BadField: the key is none.
    """
    if not _TOKEN.fullmatch(key):
        raise BadField(f"{key!r} is no parameter's name")
    if _TOKEN.fullmatch(text) and len(text) < LINE:
        return [f"{key}={text}"]
    if _PLAIN.fullmatch(text) and len(text) < LINE - len(key) and "  " not in text:
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        return [f'{key}="{quoted}"']
    # RFC 2231 §4.1: charset once, then percent-encoded sections.
    encoded = "".join(chr(o) if _unreserved(o) else f"%{o:02X}" for o in text.encode("utf-8"))
    size = LINE - len(key) - 10
    sections = re.findall(rf"(?:%..|[^%]){{1,{size // 3}}}", encoded) or [""]
    if len(sections) == 1:
        return [f"{key}*=utf-8''{sections[0]}"]
    start = f"{key}*0*=utf-8''{sections[0]}"
    return [start, *(f"{key}*{n}*={s}" for n, s in enumerate(sections[1:], 1))]


def _unreserved(octet: int) -> bool:
    return octet < 0x80 and (chr(octet).isalnum() or chr(octet) in "-._~")


def _text_octets(text: str) -> bytes:
    lines = _LINE_END.split(text)
    if lines[-1]:
        lines.append("")
    return "\r\n".join(lines).encode("utf-8", "replace")


def _encoding_for(octets: bytes) -> str:
    short = all(len(line) <= LONGEST for line in octets.split(b"\r\n"))
    return "7bit" if octets.isascii() and short and b"\0" not in octets else "base64"


def _part(part: Part) -> list[bytes]:
    octets = part.octets
    if part.encoding == "base64":
        octets = b"".join(
            base64.b64encode(octets[at : at + BASE64_LINE]) + b"\r\n"
            for at in range(0, len(octets), BASE64_LINE)
        )
    fields = [parameters("Content-Type", part.type, part.parameters)]
    if part.encoding != "7bit":
        fields.append(structured("Content-Transfer-Encoding", [part.encoding]))
    if part.description:
        fields.append(unstructured("Content-Description", part.description))
    return [*fields, b"\r\n", octets]
