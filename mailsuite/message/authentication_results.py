"""Authentication-Results: written, read, and known for ours (RFC 8601 §2.2, §5)."""

import re
from collections.abc import Sequence

from mailsuite.message.address_lists import tokens
from mailsuite.message.addresses import BadAddress, parse_domain
from mailsuite.message.judgement import Result

FIELD = b"authentication-results"
REASON_CHARACTERS = 200
VALUE_CHARACTERS = 320  # an address at its longest
RESULTS = 50  # read of one field

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`{|}~]+")
_ADDRESS = re.compile(
    r"(?:[^\s()<>\[\]:;@\\,\"\x00-\x1f]+)?@[A-Za-z0-9\-._\u0080-\U0010ffff]+"  # dot-atom at domain
)
_METHOD = re.compile(r"\s*([A-Za-z][A-Za-z0-9\-]*)\s*(?:/\s*\d{1,9}\s*)?=\s*([A-Za-z0-9\-]+)")
_PROPERTY = re.compile(
    # Only at the start of a word: one long word is read once, not from each of its letters.
    r'(?<![A-Za-z0-9\-])([A-Za-z][A-Za-z0-9\-]*)\s*\.\s*([A-Za-z][A-Za-z0-9\-_]*)\s*=\s*("[^"]*"|[^\s;"]+)'
)


def write_results(authserv_id: str, results: Sequence[Result]) -> bytes:
    """One whole field, folded, with its CRLF; every octet of it is of the field's grammar."""
    told = [_resinfo(result) for result in results] or [["none"]]
    lines = [f"Authentication-Results: {authserv_id}"]
    for each in told:
        lines[-1] += ";"
        lines += each
    return ("\r\n\t".join(lines) + "\r\n").encode("utf-8")


def read_results(value: bytes) -> tuple[Result, ...]:
    """The results of an unfolded field, at most `RESULTS`; what cannot be read is left out."""
    found = []
    for segment in _segments(value)[1 : RESULTS + 1]:
        method = _METHOD.match(segment)
        if method is None:
            continue
        properties = tuple(
            (f"{ptype}.{name}".lower(), text.strip('"'))
            for ptype, name, text in _PROPERTY.findall(segment, method.end())
        )
        found.append(Result(method[1].lower(), method[2].lower(), properties=properties))
    return tuple(found)


def authserv_id(value: bytes) -> str:
    """Who says so: canonical where it is a name; empty where it cannot be read (§2.5)."""
    words = _segments(value)[0].split()
    if not words:
        return ""
    # A version behind a slash is no form of RFC 8601's; some reader may let it pass.
    name = words[0].strip('"').partition("/")[0].removesuffix(".")
    try:
        return parse_domain(name)
    except BadAddress:
        return name.lower()


def _segments(value: bytes) -> list[str]:
    """What stands between semicolons, comments left out; the first names who says so."""
    kept = [b" " if token[:1] == b"(" else token for token in tokens(value)]
    segments: list[list[bytes]] = [[]]
    for token in kept:
        if token == b";":
            segments.append([])
        else:
            segments[-1].append(token)
    return [b"".join(segment).decode("utf-8", "replace") for segment in segments]


def _resinfo(result: Result) -> list[str]:
    lines = [f"{result.method}={result.word}"]
    if result.reason:
        lines.append(f"reason={_quoted(result.reason, REASON_CHARACTERS)}")
    lines += [f"{name}={_value(text)}" for name, text in result.properties]
    return lines


def _value(text: str) -> str:
    text = _shown(text, VALUE_CHARACTERS)
    if _TOKEN.fullmatch(text) or _ADDRESS.fullmatch(text):
        return text
    return _quoted(text, VALUE_CHARACTERS)


def _quoted(text: str, most: int) -> str:
    escaped = _shown(text, most).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _shown(text: str, most: int) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:most])
