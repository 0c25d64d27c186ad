"""Dates of mail: read tolerantly within bounds, written by one rule (RFC 5322 §3.3, §4.3)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

DATE_OCTETS = 200  # what is looked at: comments are longer, dates are not
FIRST_YEAR, LAST_YEAR = 1900, 9999  # RFC 5322 §3.3: no year before 1900
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_MONTH = {name.lower().encode(): n for n, name in enumerate(MONTHS, 1)}
_ZONES = {b"EST": -300, b"EDT": -240, b"CST": -360, b"CDT": -300}
_ZONES |= {b"MST": -420, b"MDT": -360, b"PST": -480, b"PDT": -420}
_DATE = re.compile(
    rb"\s*+(?:[A-Za-z]{2,9}\.?\s*+,?\s*+)?"
    rb"(\d{1,2})[\s\-]++([A-Za-z]{3})[A-Za-z]*+\.?[\s\-]++(\d{2,4})(?!\d),?\s++"
    rb"(\d{1,2})\s*+[:.]\s*+(\d{2})(?:\s*+[:.]\s*+(\d{2}))?(?!\d)"
    rb"\s*+(?:([+-])(\d{2}):?(\d{2})(?!\d)|([A-Za-z]{1,5})(?![A-Za-z]))?"
)
_COMMENT = re.compile(rb"\([^()]*+\)")


class Moment(NamedTuple):
    """An instant, and the local time of whoever wrote it down."""

    unix: int  # seconds UTC; a leap second counts as the one before it
    offset_minutes: int  # east of UTC


def parse_date(value: bytes) -> Moment | None:
    """Read a Date field's value; None if it holds no date (threat M10). Never raises."""
    value = value[:DATE_OCTETS]
    if b"(" in value:
        value = _COMMENT.sub(b" ", value)
    found = _DATE.match(value)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes, zone = found.groups()
    offset = 0
    if sign:
        offset = int(zone_hours) * 60 + int(zone_minutes)
        if int(zone_minutes) > 59 or offset >= 24 * 60:
            return None
        offset = -offset if sign == b"-" else offset
    elif zone:
        offset = _ZONES.get(zone.upper(), 0)  # §4.3: an unknown zone means UTC
    try:
        local = datetime(  # noqa: DTZ001 - the zone is taken off below
            _year(year),
            _MONTH[month.lower()],
            int(day),
            int(hour),
            int(minute),
            min(int(second or 0), 60) if second != b"60" else 59,
        )
    except (KeyError, ValueError):
        return None
    unix = int((local - datetime(1970, 1, 1)).total_seconds()) - offset * 60  # noqa: DTZ001
    return Moment(unix, offset)


def format_date(unix: float, offset_minutes: int = 0) -> str:
    """Write an instant as RFC 5322 §3.3 wants it: `Tue, 24 Nov 2026 08:30:00 +0000`."""
    return _formatted(int(unix), offset_minutes)


@lru_cache(maxsize=64)  # every message of a second has the same one
def _formatted(unix: int, offset_minutes: int) -> str:
    zone = timezone(timedelta(minutes=offset_minutes)) if offset_minutes else UTC
    local = datetime.fromtimestamp(unix, zone)
    sign = "-" if offset_minutes < 0 else "+"
    hours, minutes = divmod(abs(offset_minutes), 60)
    return (
        f"{DAYS[local.weekday()]}, {local.day:02d} {MONTHS[local.month - 1]} {local.year:04d} "
        f"{local:%H:%M:%S} {sign}{hours:02d}{minutes:02d}"
    )


def _year(digits: bytes) -> int:
    year = int(digits)
    if len(digits) == 2:
        year += 2000 if year < 50 else 1900  # §4.3
    elif len(digits) == 3:
        year += 1900
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError("year")
    return year
