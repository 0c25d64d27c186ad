"""check_host(): whether a host may send for a domain (RFC 7208 §4).

A coroutine over the DNS port alone. Each term that asks is counted over the whole check, includes
and redirects too, so that no ring and no bush of records costs more than ten terms (threat D4).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from attrs import define, field, frozen

from mailsuite.dns.answers import Mx, NoAnswer, NoSuchName, Record, TemporaryFailure
from mailsuite.dns.names import a_labels
from mailsuite.trust.ports import Asks
from mailsuite.trust.results import MAIL_FROM, SpfResult
from mailsuite.trust.spf.macros import (
    EXPLAINING,
    LOCAL_PART,
    BadMacro,
    MacroString,
    dotted,
    expand,
    expand_name,
    letters_of,
    macro_string,
)
from mailsuite.trust.spf.record import (
    LOOKING_UP,
    BadRecord,
    Mechanism,
    SpfRecord,
    parse,
    select,
)

LOOKUPS = 10  # §4.6.4
VOIDS = 2  # §4.6.4: names without an answer
HOSTS = 10  # §4.6.4: MX names, and PTR names, whose addresses are asked for
EXPLANATION_CHARACTERS = 400  # §6.2: of what another host is told

Ip = IPv4Address | IPv6Address


class PermError(Exception):
    """The domain's records cannot be understood, or ask too much."""


class TempError(Exception):
    """DNS had no answer; later it may."""


@frozen
class Client:
    """Who is asked about, and what the macros say (§7.2)."""

    ip: Ip
    local_part: str
    domain: str  # of the sender: `%{o}`; U-labels are A-labels by now
    helo: str
    receiver: str = "unknown"
    now: int = 0


async def check_host(
    asks: Asks,
    ip: str,
    domain: str,
    *,
    local_part: str = "",
    helo: str = "",
    receiver: str = "unknown",
    now: int = 0,
    identity: str = MAIL_FROM,
) -> SpfResult:
    """Tell whether the host may use the domain (§4). Never raises.

    Args:
        asks: answers the questions; also ends them in time (20 s are allowed, §4.6.4).
        ip: the client's; an IPv4-mapped IPv6 address counts as IPv4 (§5).
        domain: of MAIL FROM, or the HELO name; U-labels become A-labels (RFC 8616 §4).
        local_part: of MAIL FROM; empty: "postmaster" (§4.3).
        helo: what the client called itself, for `%{h}`.
        receiver: this host's name, for `%{r}`.
        now: seconds UTC, for `%{t}`.
        identity: `MAIL_FROM` or `HELO`: how the result is told.
    """
    value = f"{local_part}@{domain}" if identity == MAIL_FROM else domain
    try:
        name = a_labels(domain)
        address = _unmapped(ip)
        _ = name.index(".")
    except (NoSuchName, ValueError):
        return SpfResult("none", identity, domain, value, "no name that a record could stand at")
    client = Client(address, local_part or "postmaster", name, helo, receiver, now)
    check = Check(asks, client)
    try:
        word, reason = await check.evaluate(name)
    except PermError as error:
        word, reason = "permerror", str(error)
    except TempError as error:
        word, reason = "temperror", str(error)
    explanation = await check.explain() if word == "fail" else ""
    return SpfResult(word, identity, name, value, reason, explanation)


@define
class Check:
    """One evaluation, includes and redirects in it."""

    asks: Asks
    client: Client
    lookups: int = 0
    voids: int = 0
    _names: list[str] | None = field(default=None, init=False)  # validated ones of the client
    # exp= of the record that failed, and the domain that it stands at.
    _explanation: tuple[MacroString, str] | None = field(default=None, init=False)

    async def evaluate(self, domain: str) -> tuple[str, str]:
        """A result's word, and its reason in plain words. Raises `PermError`, `TempError`."""
        octets = await self._record_of(domain)
        if octets is None:
            return "none", f"{domain} has no SPF record"
        record = _parsed(octets, domain)
        for mechanism in record.mechanisms:
            if await self._matches(mechanism, domain):
                if mechanism.qualifier == "fail" and record.explanation is not None:
                    self._explanation = record.explanation, domain
                said = f'"{mechanism.text}" of {domain}'
                return mechanism.qualifier, f"{self.client.ip} is met by {said}"
        if record.redirect is not None and not _has_all(record):
            return await self._redirected(record.redirect, domain)
        return "neutral", f"{domain} says nothing about {self.client.ip}"

    async def _redirected(self, redirect: MacroString, domain: str) -> tuple[str, str]:
        self._count("redirect", domain)
        target = await self._target(redirect, domain)
        word, reason = await self.evaluate(target)
        if word == "none":
            raise PermError(f"{domain} redirects to {target}, which has no SPF record")
        return word, reason

    async def explain(self) -> str:
        """What the domain's owner has to say about a fail (§6.2); empty where it cannot be had."""
        if self._explanation is None:
            return ""
        spec, domain = self._explanation
        try:
            target = await self._target(spec, domain)
            (record,) = (await self.asks.query(target, "TXT")).records
            assert isinstance(record, bytes)
            # Spaces may stand in an explanation, not in a macro string (§7.1).
            text = record.decode("ascii").replace(" ", "%_")
            pieces = macro_string(text, EXPLAINING)
            said = expand(pieces, await self._values(pieces, domain))
        except (NoAnswer, ValueError, PermError, TempError):
            return ""
        shown = "".join(c for c in said if " " <= c <= "~")
        return shown[:EXPLANATION_CHARACTERS]

    async def _record_of(self, domain: str) -> bytes | None:
        try:
            records = (await self.asks.query(domain, "TXT")).records
        except TemporaryFailure as error:
            raise TempError(f"DNS has no answer about {domain}") from error
        except NoAnswer:
            return None
        found = select(records)
        if len(found) > 1:
            raise PermError(f"{domain} has {len(found)} SPF records")
        return found[0] if found else None

    async def _matches(self, mechanism: Mechanism, domain: str) -> bool:
        if mechanism.name == "all":
            return True
        if mechanism.network is not None:
            return self.client.ip in mechanism.network
        assert mechanism.name in LOOKING_UP
        self._count(mechanism.name, domain)
        if not self.client.local_part.isascii() and letters_of(mechanism.domain) & LOCAL_PART:
            return False  # RFC 8616 §4
        target = await self._target(mechanism.domain, domain) if mechanism.domain else domain
        return await self._found(mechanism, target, domain)

    async def _found(self, mechanism: Mechanism, target: str, domain: str) -> bool:
        if mechanism.name == "include":
            return await self._included(target, domain)
        if mechanism.name == "exists":
            return bool(await self._ask(target, "A"))
        if mechanism.name == "ptr":
            return any(_is_within(name, target) for name in await self._validated())
        hosts = [target] if mechanism.name == "a" else await self._exchanges(target)
        for host in hosts:
            if self._meets(await self._ask(host, self._address_type), mechanism):
                return True
        return False

    async def _included(self, target: str, domain: str) -> bool:
        kept = self._explanation
        word, _ = await self.evaluate(target)
        self._explanation = kept  # §6.2: not the included one
        if word == "none":
            raise PermError(f"{domain} includes {target}, which has no SPF record")
        return word == "pass"

    async def _exchanges(self, target: str) -> list[str]:
        records = await self._ask(target, "MX")
        hosts = [record.exchange for record in records if isinstance(record, Mx)]
        if len(hosts) > HOSTS:
            raise PermError(f"{target} has more than {HOSTS} MX records")
        return [host for host in hosts if host]

    def _meets(self, records: tuple[Record, ...], mechanism: Mechanism) -> bool:
        length = mechanism.cidr4 if self.client.ip.version == 4 else mechanism.cidr6
        return any(
            self.client.ip in ip_network(f"{record!s}/{length}", strict=False)
            for record in records
            if isinstance(record, str)
        )

    @property
    def _address_type(self) -> str:
        return "A" if self.client.ip.version == 4 else "AAAA"

    def _count(self, name: str, domain: str) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS:
            raise PermError(f"more than {LOOKUPS} DNS lookups, at {name} of {domain}")

    async def _ask(self, name: str, kind: str) -> tuple[Record, ...]:
        try:
            return (await self.asks.query(name, kind)).records
        except TemporaryFailure as error:
            raise TempError(f"DNS has no answer about {name}") from error
        except NoAnswer as error:
            self.voids += 1
            if self.voids > VOIDS:
                raise PermError(f"more than {VOIDS} names without an answer") from error
            return ()

    async def _target(self, spec: MacroString, domain: str) -> str:
        return expand_name(spec, await self._values(spec, domain))

    async def _values(self, pieces: MacroString, domain: str) -> dict[str, str]:
        """What each macro letter stands for (§7.2); `p` is looked up only if it occurs."""
        client = self.client
        values = {
            "s": f"{client.local_part}@{client.domain}",
            "l": client.local_part,
            "o": client.domain,
            "d": domain,
            "i": dotted(client.ip),
            "v": "in-addr" if client.ip.version == 4 else "ip6",
            "h": client.helo,
            "c": str(client.ip),
            "r": client.receiver,
            "t": str(client.now),
            "p": "unknown",
        }
        if "p" in letters_of(pieces):
            self._count("%{p}", domain)
            names = await self._validated()
            # §7.3: the domain itself, else one below it, else any.
            names = sorted(names, key=lambda name: (name != domain, not _is_within(name, domain)))
            values["p"] = names[0] if names else "unknown"
        return values

    async def _validated(self) -> list[str]:
        """Names that the address leads to and that lead back to it (§5.5)."""
        if self._names is None:
            self._names = []
            for name in await self._quietly(self.client.ip.reverse_pointer, "PTR"):
                if await self._leads_back(str(name)):
                    self._names.append(str(name))
        return self._names

    async def _leads_back(self, name: str) -> bool:
        found = await self._quietly(name, self._address_type)
        return any(ip_address(str(address)) == self.client.ip for address in found)

    async def _quietly(self, name: str, kind: str) -> tuple[Record, ...]:
        # §5.5: trouble of DNS is no match here, and the client's own zone spends no voids.
        try:
            return (await self.asks.query(name, kind)).records[:HOSTS]
        except NoAnswer:
            return ()


def _parsed(octets: bytes, domain: str) -> SpfRecord:
    try:
        return parse(octets)
    except (BadRecord, BadMacro) as error:
        raise PermError(f"the SPF record of {domain} cannot be read: {error}") from error


def _has_all(record: SpfRecord) -> bool:
    return any(mechanism.name == "all" for mechanism in record.mechanisms)


def _is_within(name: str, domain: str) -> bool:
    name, domain = name.lower().removesuffix("."), domain.lower().removesuffix(".")
    return name == domain or name.endswith(f".{domain}")


def _unmapped(text: str) -> Ip:
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
