"""LIMITS as a client obeys it (RFC 9422): what of a host's limits this session has used."""

import re
from collections.abc import Mapping, Sequence

from attrs import define, field

_LIMIT = re.compile(r"[A-Za-z0-9_-]+(?:=[!-:<-~]+)?")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
NAMES = frozenset({"MAILMAX", "RCPTMAX", "RCPTDOMAINMAX"})


def read_limits(parameter: str) -> dict[str, int]:
    """The limits of a LIMITS line; none where its syntax is wrong, without wrong ones (§3)."""
    words = parameter.split(" ")
    if not all(_LIMIT.fullmatch(word) for word in words):
        return {}
    pairs = (word.partition("=") for word in words)
    return {
        name.upper(): int(value)
        for name, _, value in pairs
        if name.upper() in NAMES and _NUMBER.fullmatch(value)
    }


@define
class Allowed:
    """Counts what a session has asked for."""

    _mails: int = field(default=0, init=False)
    _domains: set[str] = field(factory=set, init=False)

    def mails_left(self, limits: Mapping[str, int]) -> int | None:
        """How many MAIL may follow in this session; None: any number."""
        most = limits.get("MAILMAX")
        if self._domains and len(self._domains) >= limits.get("RCPTDOMAINMAX", 1 << 20):
            return 0
        return None if most is None else max(0, most - self._mails)

    def recipients(self, limits: Mapping[str, int], domains: Sequence[str]) -> int:
        """Begin a transaction; how many of its recipients, of these domains, may be named."""
        self._mails += 1
        most = limits.get("RCPTMAX", len(domains))
        most_domains = limits.get("RCPTDOMAINMAX", len(domains))
        count = 0
        for domain in domains[:most]:
            if domain not in self._domains and len(self._domains) >= most_domains and count:
                break
            self._domains.add(domain)
            count += 1
        return count
