"""SPF records as text and as terms (RFC 7208 §4.5, §4.6.1, §5, §6)."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from attrs import frozen

from mailsuite.dns.answers import Record
from mailsuite.trust.spf.macros import BadMacro, MacroString, domain_spec, macro_string

VERSION = b"v=spf1"
RECORD_OCTETS = 64 * 1024  # a TXT record is no longer; its strings are joined
QUALIFIERS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
NETWORKS = {"ip4": IPv4Network, "ip6": IPv6Network}
# §4.6.4: what counts as a lookup.
LOOKING_UP = frozenset({"include", "a", "mx", "ptr", "exists"})

_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9\-_.]*)=")
_MECHANISM = re.compile(r"([+\-~?]?)([A-Za-z0-9]+)")
_CIDR = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?\Z")


class BadRecord(ValueError):  # noqa: N818 - named for what happened
    """The record breaks the grammar: permerror (§4.6)."""


@frozen
class Mechanism:
    """One directive."""

    qualifier: str  # pass | fail | softfail | neutral
    name: str
    domain: MacroString = ()  # empty: the domain in hand
    network: IPv4Network | IPv6Network | None = None  # of ip4 and ip6
    cidr4: int = 32
    cidr6: int = 128
    text: str = ""  # as it was written


@frozen
class SpfRecord:
    """One whole record."""

    mechanisms: tuple[Mechanism, ...]
    redirect: MacroString | None = None
    explanation: MacroString | None = None


def select(records: Iterable[Record]) -> list[bytes]:
    """Those TXT records that are SPF's (§4.5)."""
    return [
        octets
        for octets in records
        if isinstance(octets, bytes)
        and octets[: len(VERSION)].lower() == VERSION
        and octets[len(VERSION) : len(VERSION) + 1] in {b"", b" "}
    ]


def parse(octets: bytes) -> SpfRecord:
    """Read a record that `select` let through.

    Raises:
        BadRecord: anything in it breaks the grammar, wherever it stands (§4.6).
    """
    try:
        text = octets[:RECORD_OCTETS].decode("ascii")
        return _record(text[len(VERSION) :].split(" "))
    except UnicodeDecodeError as error:
        raise BadRecord("octets that are no ASCII") from error
    except BadMacro as error:
        raise BadRecord(str(error)) from error


def _record(terms: list[str]) -> SpfRecord:
    mechanisms = []
    modifiers: dict[str, MacroString] = {}
    for term in filter(None, terms):
        found = _MODIFIER.match(term)
        if found is None:
            mechanisms.append(_mechanism(term))
            continue
        name, value = found[1].lower(), term[found.end() :]
        if name not in {"redirect", "exp"}:
            macro_string(value)
        elif name in modifiers:
            raise BadRecord(f"{name}= stands there twice")
        else:
            modifiers[name] = domain_spec(value)
    return SpfRecord(tuple(mechanisms), modifiers.get("redirect"), modifiers.get("exp"))


def _mechanism(term: str) -> Mechanism:
    found = _MECHANISM.match(term)
    if found is None:
        raise BadRecord(f"{term[:40]!r} is no term")
    qualifier = QUALIFIERS[found[1] or "+"]
    name, rest = found[2].lower(), term[found.end() :]
    if name in NETWORKS:
        return Mechanism(qualifier, name, network=_network(name, rest), text=term)
    if name == "all" and not rest:
        return Mechanism(qualifier, name, text=term)
    if name in {"include", "exists"} and rest.startswith(":"):
        return Mechanism(qualifier, name, domain_spec(rest[1:]), text=term)
    if name == "ptr":
        return Mechanism(qualifier, name, _optional(rest), text=term)
    if name in {"a", "mx"}:
        return _addressed(qualifier, name, rest, term)
    raise BadRecord(f"{term[:40]!r} is no mechanism")


def _addressed(qualifier: str, name: str, rest: str, term: str) -> Mechanism:
    found = _CIDR.search(rest)
    assert found is not None  # it may be empty
    cidr4, cidr6 = int(found[1] or 32), int(found[2] or 128)
    if cidr4 > 32 or cidr6 > 128:
        raise BadRecord("a network's length that there is not")
    domain = _optional(rest[: found.start()])
    return Mechanism(qualifier, name, domain, cidr4=cidr4, cidr6=cidr6, text=term)


def _optional(rest: str) -> MacroString:
    if not rest:
        return ()
    if not rest.startswith(":"):
        raise BadRecord(f"{rest[:40]!r} behind a mechanism")
    return domain_spec(rest[1:])


def _network(name: str, rest: str) -> IPv4Network | IPv6Network:
    address, slash, length = rest[1:].partition("/")
    if not rest.startswith(":") or "%" in address:
        raise BadRecord("an address is missing")
    # Python takes a netmask too, and digits that are no ASCII ones are gone by now.
    if slash and (not length.isdigit() or (length != "0" and length.startswith("0"))):
        raise BadRecord("no network's length")
    try:
        network = ip_network(f"{address}/{length}" if slash else address, strict=False)
    except ValueError as error:
        raise BadRecord(f"{address[:50]!r} is no network") from error
    if not isinstance(network, NETWORKS[name]):
        raise BadRecord(f"{address[:50]!r} is no {name} network")
    return network
