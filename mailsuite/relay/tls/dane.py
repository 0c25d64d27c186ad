"""DANE: which TLSA records bind one MX host (RFC 7672 §2.2).

Nothing is validated here: an answer is as sure as its AD bit, and that is asked for only where
`[dns] trust_ad` says that the resolver and the way to it can be trusted (threat D2).
"""

from collections.abc import Iterator
from typing import Protocol

from attrs import frozen

from mailsuite.dns.answers import Answer, NoAnswer, NoSuchName, NoSuchRecord, TemporaryFailure, Tlsa
from mailsuite.wire.pinning import usable
from mailsuite.wire.proof import Pin


class Asks(Protocol):
    """The DNS client (`mailsuite.dns.client.Dns`)."""

    async def query(self, name: str, kind: str) -> Answer:
        """Records, or one of three ways of having none."""
        ...


class Unsure(Exception):  # noqa: N818 - an outcome
    """Nobody can say whether the host has records: it must not be used now (§2.1.2, threat T3)."""


@frozen
class Bound:
    """A host with TLSA records that nobody can have forged."""

    base: str  # the name that they stand at: for SNI and the certificate (§2.2.3)
    pins: tuple[Pin, ...]  # that can be used; none: TLS is a must, whoever is there (§2.2)
    words: tuple[str, ...]  # all of them, as a report shows them
    names: tuple[str, ...]  # further ones that a certificate may bear (§3.2.2)


async def is_secure(dns: Asks, domain: str) -> tuple[bool, str]:
    """Whether the domain's MX records were authenticated, and what the domain is an alias of."""
    try:
        answer = await dns.query(domain, "MX")
    except (NoSuchName, NoSuchRecord) as none:
        return none.authenticated, domain
    except TemporaryFailure:
        return False, domain
    return answer.authenticated, answer.canonical


async def find_bound(dns: Asks, host: str, port: int, names: tuple[str, ...]) -> Bound | None:
    """The records of a host that an authenticated MX record names; None: it has none.

    `names` are the recipients' domain, as written and as it is without aliases.

    Raises:
        Unsure: a question was not answered, or the answer could not be validated.
    """
    canonical = await _canonical(dns, host)
    if canonical is None:
        return None
    bases = dict.fromkeys((canonical, host) if canonical else (host,))
    for base in bases:
        try:
            answer = await dns.query(f"_{port}._tcp.{base}", "TLSA")
        except (NoSuchName, NoSuchRecord):
            continue
        except NoAnswer as failure:
            raise Unsure(f"no answer about the TLSA records of {base}: {failure}") from failure
        if answer.authenticated:
            pins = tuple(_pins(answer))
            return Bound(base, usable(pins), tuple(pin.words for pin in pins), names)
    return None


async def _canonical(dns: Asks, host: str) -> str | None:
    """The name that a host's addresses stand at; "": only its alias is sure; None: nothing is.

    A host in a zone that is not signed is not asked for TLSA: some name servers of such zones
    fail at that question (§2.2.2).
    """
    alias = False
    for kind in ("A", "AAAA"):
        try:
            answer = await dns.query(host, kind)
        except (NoSuchName, NoSuchRecord):
            continue
        except NoAnswer as failure:
            raise Unsure(f"no answer about the addresses of {host}: {failure}") from failure
        if answer.authenticated:
            return answer.canonical
        alias = alias or answer.canonical != answer.name
    if not alias:
        return None
    try:
        return "" if (await dns.query(host, "CNAME")).authenticated else None
    except (NoSuchName, NoSuchRecord):
        return None
    except NoAnswer as failure:
        raise Unsure(f"no answer about the alias {host}: {failure}") from failure


def _pins(answer: Answer) -> Iterator[Pin]:
    for record in answer.records:
        if isinstance(record, Tlsa):
            yield Pin(record.usage, record.selector, record.matching, record.association)
