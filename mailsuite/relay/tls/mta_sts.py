"""MTA-STS: the record, the policy, and whether it covers a host (RFC 8461 §3, §4.1)."""

import re
from collections.abc import Iterable
from enum import Enum

from attrs import frozen

LARGEST_POLICY = 64 * 1024  # octets (§3.3)
LONGEST_AGE = 31_557_600  # seconds (§3.2)
PATTERNS = 1_000  # of one policy; 64 KiB hold no more that would make sense

_EXTENSION = re.compile(rb"([A-Za-z0-9][A-Za-z0-9_.\-]{0,31})=([!-:<>-~]+)")
_ID = re.compile(rb"[A-Za-z0-9]{1,32}")
_KEY = re.compile(rb"([A-Za-z0-9][A-Za-z0-9_.\-]{0,31}):[ \t]*+(.*)", re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class Mode(Enum):
    """What a policy asks for (§5)."""

    ENFORCE = "enforce"
    TESTING = "testing"
    NONE = "none"


class BadPolicy(ValueError):  # noqa: N818 - named for what happened
    """The octets are no policy."""


@frozen
class StsPolicy:
    """One policy (§3.2)."""

    mode: Mode
    max_age: int  # seconds from the fetch
    patterns: tuple[str, ...]  # names, or "*." and a name; lower case

    def covers(self, host: str) -> bool:
        """Whether an MX name is one of those that the domain has (§4.1); `*` is one label."""
        host = host.lower().removesuffix(".")
        above = host.partition(".")[2]
        return any(
            pattern == host or (bool(above) and pattern == f"*.{above}")
            for pattern in self.patterns
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """As a report shows it (RFC 8460 §4.5)."""
        mx = (f"mx: {pattern}" for pattern in self.patterns)
        return ("version: STSv1", f"mode: {self.mode.value}", *mx, f"max_age: {self.max_age}")


def _fields(record: bytes) -> list[bytes]:
    first, *others = record.split(b";")
    # A blank before the version makes it another record.
    return [first.rstrip(b" \t"), *(each.strip(b" \t") for each in others)]


def find_id(records: Iterable[object]) -> str:
    """The id of the policy that a domain's TXT records announce; "": none (§3.1)."""
    split = [_fields(each) for each in records if isinstance(each, bytes)]
    found = [fields for fields in split if fields[0] == b"v=STSv1"]
    if len(found) != 1:
        return ""
    _, *fields = found[0]
    if fields and fields[-1] == b"":
        fields.pop()
    identity = ""
    for each in fields:
        name, _, value = each.partition(b"=")
        if name == b"id":
            if not _ID.fullmatch(value):
                return ""
            identity = identity or value.decode("ascii")
        elif not _EXTENSION.fullmatch(each):
            return ""
    return identity


def parse_policy(octets: bytes) -> StsPolicy:
    """Read a policy (§3.2). Fields that nobody knows are passed over.

    Raises:
        BadPolicy: a field is missing or wrong; nothing of it holds.
    """
    if len(octets) > LARGEST_POLICY:
        raise BadPolicy("larger than 64 KiB")
    first: dict[bytes, bytes] = {}
    patterns: list[str] = []
    for line in octets.removesuffix(b"\n").removesuffix(b"\r").split(b"\n"):
        name, value = _field(line.removesuffix(b"\r"))
        if name == b"mx":
            patterns.append(_pattern(value))
        else:
            first.setdefault(name, value)  # of doubles the first counts
    if first.get(b"version") != b"STSv1":
        raise BadPolicy("the version is not STSv1")
    mode = _mode(first.get(b"mode", b""))
    age = first.get(b"max_age", b"")
    if not re.fullmatch(rb"[0-9]{1,10}", age) or int(age) > LONGEST_AGE:
        raise BadPolicy("max_age is no number of seconds up to a year")
    if not patterns and mode is not Mode.NONE:
        raise BadPolicy("no mx is named")
    if len(patterns) > PATTERNS:
        raise BadPolicy("more mx than anybody has")
    return StsPolicy(mode, int(age), tuple(dict.fromkeys(patterns)))


def _field(line: bytes) -> tuple[bytes, bytes]:
    found = _KEY.fullmatch(line)
    if found is None:
        raise BadPolicy("a line is no key with its value")
    value = found[2].rstrip(b" \t")
    if not value or _CONTROL.search(value):
        raise BadPolicy("a value is empty or has control characters")
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        raise BadPolicy("not UTF-8") from None
    return found[1], value


def _mode(value: bytes) -> Mode:
    try:
        return Mode(value.decode("utf-8"))
    except ValueError:
        raise BadPolicy("the mode is none of enforce, testing, none") from None


def _pattern(value: bytes) -> str:
    text = value.decode("utf-8")
    labels = text.removeprefix("*.").split(".")
    if len(text) > 255 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadPolicy("an mx is no host name in A-labels")
    return text.lower()
