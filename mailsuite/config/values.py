"""What a value of the configuration may look like, and what it becomes.

Each function takes what TOML gave and returns the value, or raises `Misfit` whose text
completes the sentence "… must be".
"""

import os
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from mailsuite.config.smarthost import Smarthost
from mailsuite.message.addresses import BadAddress, parse_domain
from mailsuite.wire.board import MOST_WORKERS
from mailsuite.wire.link import Network

Reads = Callable[[Any], Any]

SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
TIMES = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
LARGEST = 1 << 62  # what a signed 64-bit column takes, with room to add
LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
AUTO_WORKERS = 4  # more wait for each other at one file of SQLite
ENDPOINTS = ("tcp", "tcp4", "tcp6", "unix", "systemd", "haproxy")


class Misfit(ValueError):  # noqa: N818 - the end of a sentence
    """What the value must be: the end of a sentence that begins with the key's name."""


def text(value: Any) -> str:
    """Any string without control characters."""
    if not isinstance(value, str) or any(ord(c) < 32 for c in value):
        raise Misfit("a string, in quotation marks")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of strings; one string stands for a list of one."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise Misfit('a list of strings, like ["one", "two"]')
    return tuple(text(item) for item in value)


def user(value: Any) -> str:
    """A user of this machine, by name; empty: whoever starts it."""
    name = text(value)
    if not re.fullmatch(r"([A-Za-z_][A-Za-z0-9_.-]{0,31})?", name):
        raise Misfit('the name of a user of this machine, like "mailsuite", or empty')
    return name


def local_part(value: Any) -> str:
    """What stands before the @ of an address, or nothing."""
    name = text(value)
    if not re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9_.+-]{0,63})?", name):
        raise Misfit('what stands before the @ of an address, like "abuse", or empty')
    return name


def percents(value: Any) -> tuple[int, ...]:
    """Percentages from 1 to 100, in rising order."""
    expected = Misfit("a list of up to ten percentages from 1 to 100, such as [80, 95]")
    if not isinstance(value, list) or len(value) > 10:
        raise expected
    if not all(type(item) is int and 1 <= item <= 100 for item in value):
        raise expected
    return tuple(sorted(set(value)))


def truth(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Misfit("true or false, without quotation marks")
    return value


def _measured(value: Any, units: dict[str, int], example: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
        return value
    if isinstance(value, str):
        found = re.fullmatch(r"(\d{1,18})\s*([A-Za-z]?)", value.strip())
        unit = found and (units.get(found[2]) or units.get(found[2].upper()))
        if found and unit and int(found[1]) * unit <= LARGEST:
            return int(found[1]) * unit
    raise Misfit(example)


def octets(value: Any) -> int:
    """A size: a number of octets, or a string with K, M, G or T (powers of 1024)."""
    return _measured(value, SIZES, 'a size, like 1048576, "50M" or "1G"')


def seconds(value: Any) -> int:
    """A duration: seconds, or a string with s, m, h, d or w."""
    return _measured(value, TIMES, 'a duration, like 30, "5m", "1h" or "5d"')


def number(value: Any) -> int:
    """A whole number, not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise Misfit("a whole number, not negative and without quotation marks")
    return value


def port(value: Any) -> int:
    """A TCP port."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65_535:
        raise Misfit("a port number from 1 to 65535, like 25")
    return value


def workers(value: Any) -> int:
    """The number of processes; "auto": one a processor, four at most."""
    if value == "auto":
        return min(len(os.sched_getaffinity(0)), AUTO_WORKERS)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_WORKERS:
        raise Misfit(f'a number from 1 to {MOST_WORKERS}, or "auto": one a processor')
    return value


def host_name(value: Any) -> str:
    """A host's name in ASCII, lower case."""
    name = value.lower().rstrip(".") if isinstance(value, str) else ""
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in name.split(".")):
        raise Misfit('the full name of this host, like "mail.example.org"')
    return name


def host_name_or_none(value: Any) -> str:
    """The same, or nothing."""
    return "" if value == "" else host_name(value)


def domains(value: Any) -> tuple[str, ...]:
    """Domains, canonical."""
    try:
        return tuple(parse_domain(item) for item in texts(value))
    except BadAddress:
        raise Misfit('a list of domains, like ["example.org"]') from None


def networks(value: Any) -> tuple[Network, ...]:
    """Addresses and networks of both families."""
    wrong = 'a list of addresses or networks, like ["192.0.2.0/24", "2001:db8::1"]'
    if not isinstance(value, list):
        raise Misfit(wrong)
    try:
        return tuple(ip_network(text(item).strip(), strict=False) for item in value)
    except ValueError:
        raise Misfit(wrong) from None


def durations(value: Any) -> tuple[int, ...]:
    """A list of durations, none of them zero."""
    if not isinstance(value, list) or not value:
        raise Misfit('a list of durations, like ["5m", "15m", "1h"]')
    read = tuple(seconds(item) for item in value)
    if min(read) < 1:
        raise Misfit("a list of durations of at least a second each")
    return read


def resolvers(value: Any) -> tuple[tuple[str, int], ...]:
    """DNS servers: "ip", "ip:port" or "[ipv6]:port"."""
    return tuple(_resolver(item) for item in texts(value))


def _resolver(item: str) -> tuple[str, int]:
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+))(?::(\d{1,5}))?", item)
    address = (found[1] or found[2]) if found else item
    try:
        ip_address(address)
        where = port(int(found[3])) if found and found[3] else 53
    except ValueError:
        raise Misfit('a list of "address:port", like ["127.0.0.1:53", "[::1]:53"]') from None
    return (address, where)


def smarthost(value: Any) -> Smarthost | None:
    """`[user:password@]host:port`; empty: none."""
    wrong = '"host:port" or "user:password@host:port", like "smtp.example.org:587"'
    if not isinstance(value, str):
        raise Misfit(wrong)
    if not value:
        return None
    # The last "@" and the first ":" split: a user name may be an address, a password anything.
    signed, _, where = value.rpartition("@")
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})", where)
    user, colon, password = signed.partition(":")
    if not found or (signed and not (user and colon and password)):
        raise Misfit(wrong)
    try:
        return Smarthost(found[1].strip("[]").lower(), port(int(found[2])), user, password)
    except ValueError:
        raise Misfit(wrong) from None


def endpoints(value: Any) -> tuple[str, ...]:
    """Twisted endpoint descriptions; TLS is ours to add."""
    if not isinstance(value, list):
        raise Misfit('a list of endpoint descriptions, like ["tcp:25"]')
    return tuple(_endpoint(text(item)) for item in value)


def _endpoint(description: str) -> str:
    kind, _, rest = description.partition(":")
    if kind in {"tls", "ssl"}:
        plain = rest if rest.partition(":")[0] in ENDPOINTS else f"tcp:{rest or 993}"
        raise Misfit(
            f'a plain endpoint, like "{plain}": TLS is added by the suite itself, '
            "with the certificate of [tls]"
        )
    if kind not in ENDPOINTS:
        known = ", ".join(f"{name}:" for name in ENDPOINTS)
        raise Misfit(f"a list of endpoint descriptions that begin with one of {known}")
    if kind == "haproxy":
        _endpoint(rest)
    elif kind.startswith("tcp"):
        digits = rest.split(":", 1)[0].removeprefix("port=")
        if not digits.isdecimal() or not 0 <= int(digits[:6]) <= 65_535:
            raise Misfit('a list of endpoint descriptions with a port, like ["tcp:25"]')
    elif not rest:
        raise Misfit(f'a list of endpoint descriptions, like ["{kind}:…"] with its argument')
    return description


def one_of(*choices: str) -> Reads:
    """One of the words."""

    def read(value: Any) -> str:
        if value not in choices:
            raise Misfit(" or ".join(f'"{choice}"' for choice in choices))
        return str(value)

    return read
