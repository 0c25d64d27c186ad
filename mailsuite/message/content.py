"""Content-Type and its kin: a value and its parameters (RFC 2045 §5.1, RFC 2183, RFC 2231).

Malformed fields give what RFC 2045 §5.2 says is assumed; nothing here raises.
"""

import re
from typing import NamedTuple

PARAMETERS = 200  # read of one field (threat M3)

Parameters = list[tuple[bytes, bytes]]


class Content(NamedTuple):
    """A media type as it was written, and its parameters."""

    type: bytes
    subtype: bytes
    parameters: Parameters

    def parameter(self, name: bytes) -> bytes | None:
        """The value of the first parameter of that name (lower case)."""
        return next((value for key, value in self.parameters if key.lower() == name), None)


DEFAULT = Content(b"text", b"plain", [(b"charset", b"us-ascii")])  # RFC 2045 §5.2
OPAQUE = Content(b"application", b"octet-stream", [])  # what is not looked into
EMBEDDED = Content(b"message", b"rfc822", [])  # the default in a digest (RFC 2046 §5.1.5)

_TYPE = re.compile(rb"\s*+([^\s/;()<>@,:\\\"\[\]?=]++)\s*+(?:/\s*+([^\s/;()<>@,:\\\"\[\]?=]++))?")
_TOKEN = re.compile(rb"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]++")
# Between two semicolons nothing is read twice: linear, whatever stands there.
_PARAMETER = re.compile(
    rb';\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)"?|([^;\s"]*+))', re.DOTALL
)
_SECTION = re.compile(rb"([^*]++)\*(\d{1,4})(\*?)")
_PAIR = re.compile(rb"\\(.)", re.DOTALL)


def content_type(value: bytes | None, default: Content = DEFAULT) -> Content:
    """Read an unfolded Content-Type; `default` where it is missing or cannot be read."""
    found = _TYPE.match(value) if value else None
    if value is None or found is None:
        return default
    kind, subtype = found.groups()
    if subtype is None:
        if kind.lower() != b"text":
            return DEFAULT
        subtype = b"plain"
    known = parameters(value, found.end())
    if kind.lower() == b"text" and not any(key.lower() == b"charset" for key, _ in known):
        known.append((b"charset", b"us-ascii"))
    return Content(kind, subtype, known)


def disposition(value: bytes) -> tuple[bytes, Parameters] | None:
    """Read an unfolded Content-Disposition (RFC 2183 §2); None where it cannot be read."""
    found = token(value)
    return None if found is None else (found, parameters(value))


def token(value: bytes) -> bytes | None:
    """The token that the value begins with, None if there is none."""
    found = _TOKEN.match(value.lstrip(b" \t"))
    return found[0] if found else None


def tokens(value: bytes) -> list[bytes]:
    """A comma-separated list such as Content-Language (RFC 3282 §2), at most `PARAMETERS`."""
    return [word for part in value.split(b",", PARAMETERS)[:PARAMETERS] if (word := token(part))]


def parameters(value: bytes, at: int = 0) -> Parameters:
    """The parameters of an unfolded field, at most `PARAMETERS`; sections are joined."""
    found: Parameters = []
    sections: dict[bytes, dict[int, tuple[bytes, bytes]]] = {}
    for match in _PARAMETER.finditer(value, at):
        if len(found) + sum(map(len, sections.values())) >= PARAMETERS:
            break
        name, quoted, plain = match.groups()
        text = plain if quoted is None else quoted
        if quoted is not None and b"\\" in text:
            text = _PAIR.sub(rb"\1", text)
        section = _SECTION.fullmatch(name) if b"*" in name else None
        if section is None:
            found.append((name, text))
            continue
        base, number, extended = section.groups()
        # Of doubles the first counts; order and gaps do not matter (RFC 2231 §3).
        sections.setdefault(base, {}).setdefault(int(number), (extended, text))
    found += [_joined(base, parts) for base, parts in sections.items()]
    return found


def _joined(base: bytes, parts: dict[int, tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    """One parameter from its sections: `name*` in the extended form where any section is."""
    ordered = [parts[number] for number in sorted(parts)]
    if not any(extended for extended, _ in ordered):
        return base, b"".join(text for _, text in ordered)
    pieces = [text if extended else _percent(text) for extended, text in ordered]
    if not ordered[0][0] or ordered[0][1].count(b"'") < 2:
        pieces.insert(0, b"''")  # no charset was named: the extended form still has its quotes
    return base + b"*", b"".join(pieces)


def _percent(text: bytes) -> bytes:
    return text.replace(b"%", b"%25").replace(b"'", b"%27")
