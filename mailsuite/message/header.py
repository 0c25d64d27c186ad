"""Header and body, and the fields of a header, as octets (RFC 5322 §2.1, §2.2).

Only CR LF is ever a line end (threat M9), and nothing here changes an octet.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from mailsuite.errors import BadMessage

FIELD_OCTETS = 256 * 1024
HEADER_OCTETS = 1024 * 1024
HEADER_LINES = 10_000

BREAK = re.compile(rb"\r\n(?![ \t])")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACES = b" \t\r\n"
_UNFINDABLE = re.compile(rb"[:\r\n]|[ \t]\Z|\A\Z")  # what no field has in its name, or at its end
FEW_NAMES = 64  # looked for at once by a pattern: 4 us a header, where walking its fields costs 18
FEW_OCTETS = 1_000  # of these names together: a pattern of a literal full takes 160 ms to make
# No possessive groups: before Python 3.11.5 one that fails half-way eats what it tried.
_FINDER = rb"\r\n((?:%b)(?:[ \t\n]|\r(?!\n(?![ \t])))*:[^\r]*(?:\r(?!\n(?![ \t]))[^\r]*)*)"


def header_length(octets: bytes) -> int:
    """Octets of the header with the blank line that ends it; all, if there is none."""
    if octets.startswith(b"\r\n"):
        return 2
    end = octets.find(b"\r\n\r\n")
    return len(octets) if end < 0 else end + 4


def split_message(octets: bytes) -> tuple[bytes, bytes]:
    """Header (with its blank line) and body; together they are the message again."""
    cut = header_length(octets)
    return octets[:cut], octets[cut:]


def raw_fields(header: bytes) -> Iterator[bytes]:
    """Each field as it stands, folding included, without its last CRLF.

    A line that is no field comes out too; the blank line does not.
    """
    return (field for field in BREAK.split(header) if field)


def fields(header: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name in lower case and raw value of each field, in order; folding is still in the value."""
    for field in raw_fields(header):
        name, colon, value = field.partition(b":")
        if colon:
            yield name.rstrip(_SPACES).lower(), value


def first(header: bytes, name: bytes) -> bytes | None:
    """The unfolded value of the first field of that name: of several the first counts (M8)."""
    wanted = name.lower()
    for found, value in fields(header):
        if found == wanted:
            return unfold(value)
    return None


def unfold(value: bytes) -> bytes:
    """The value without its folding and outer spaces (RFC 5322 §2.2.3)."""
    return _FOLD.sub(b"", value).strip(_SPACES)


def select_fields(header: bytes, names: Collection[bytes]) -> bytes:
    """HEADER.FIELDS: the fields of these names (any case), and the blank line (RFC 9051 §6.4.5)."""
    few = 0 < len(names) <= FEW_NAMES and sum(map(len, names)) <= FEW_OCTETS
    finder = _finder(tuple(names)) if few else None
    if finder is not None:
        return _joined(finder.findall(b"\r\n" + header))
    wanted = {name.lower() for name in names}
    return _joined([f for f in raw_fields(header) if _name(f) in wanted])


def omit_fields(header: bytes, names: Collection[bytes]) -> bytes:
    """HEADER.FIELDS.NOT: all other fields, and the blank line (RFC 9051 §6.4.5)."""
    unwanted = {name.lower() for name in names}
    return _joined([f for f in raw_fields(header) if _name(f) not in unwanted])


def check_limits(
    header: bytes,
    *,
    octets: int = HEADER_OCTETS,
    field_octets: int = FIELD_OCTETS,
    lines: int = HEADER_LINES,
) -> None:
    """Refuse a header that is there to cost time (threats S14, S15).

    Raises:
        BadMessage: the block, a field or the number of lines is over its limit.
    """
    if len(header) > octets or header.count(b"\r\n") > lines:
        raise BadMessage
    if len(header) > field_octets and any(len(f) > field_octets for f in raw_fields(header)):
        raise BadMessage


@lru_cache(maxsize=64)
def _finder(names: tuple[bytes, ...]) -> re.Pattern[bytes] | None:
    """Finds the fields of these names, each after a line end, in one linear walk."""
    if any(_UNFINDABLE.search(name) for name in names):
        return None
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(_FINDER % b"|".join(map(re.escape, longest_first)), re.IGNORECASE)


def _name(field: bytes) -> bytes | None:
    name, colon, _ = field.partition(b":")
    return name.rstrip(_SPACES).lower() if colon else None


def _joined(chosen: list[bytes]) -> bytes:
    return b"\r\n".join([*chosen, b"\r\n"]) if chosen else b"\r\n"
