"""DMARC policy records (RFC 9989 §4.7, §4.8)."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from mailsuite.dns.answers import Record
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.trust.results import POLICIES, DmarcRecord

TAGS = 100  # read of one record
URIS = 10  # of one rua that are read

# The version's tag is written in any case, its value in this one alone.
_VERSION = re.compile(rb"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_TAG = re.compile(r"[ \t]*([A-Za-z]+)[ \t]*=(.*)", re.DOTALL)
_SIZE = re.compile(r"!\d{1,20}[kmgtKMGT]?\Z")
_VALUES = {
    "p": POLICIES,
    "sp": POLICIES,
    "np": POLICIES,
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
    "psd": ("y", "n", "u"),
    "t": ("y", "n"),
}


def select(records: Iterable[Record]) -> list[bytes]:
    """Those TXT records that are DMARC's (§4.10)."""
    return [octets for octets in records if isinstance(octets, bytes) and _VERSION.match(octets)]


def parse(octets: bytes) -> DmarcRecord | None:
    """Read a record that `select` let through; None: no DMARC by it (§4.10.1).

    What breaks the grammar is left out, and so is a tag that stands there twice (§4.8).
    """
    found = _tags(octets)
    rua = report_addresses(found.get("rua", ""))
    known: dict[str, str] = {}
    for tag, values in _VALUES.items():
        value = found.get(tag, "").strip(" \t").lower()
        if value in values:
            known[tag] = value
    unreadable = any(tag in found and tag not in known for tag in ("p", "sp", "np"))
    if "p" not in known or unreadable:
        if not rua:
            return None
        for tag in ("p", "sp", "np"):
            known.pop(tag, None)
    return DmarcRecord(rua=rua, **known)


def report_addresses(value: str) -> tuple[Address, ...]:
    """The addresses of a `rua` (§4.6): `mailto` alone is one that anybody reports to."""
    found = []
    for each in value.split(",", URIS)[:URIS]:
        uri = _SIZE.sub("", each.strip(" \t"))
        scheme, colon, rest = uri.partition(":")
        if not colon or scheme.lower() != "mailto":
            continue
        try:
            found.append(Address.parse(unquote(rest.partition("?")[0])))
        except BadAddress:
            continue
    return tuple(dict.fromkeys(found))


def _tags(octets: bytes) -> dict[str, str]:
    text = octets.decode("latin-1")
    found: dict[str, str] = {}
    doubled = set()
    for part in text.split(";", TAGS)[1:TAGS]:
        tag = _TAG.match(part)
        if tag is None:
            continue
        name = tag[1].lower()
        if name in found:
            doubled.add(name)
        found[name] = tag[2]
    return {name: "" if name in doubled else value for name, value in found.items()}
