"""Which hosts take a domain's mail, in the order in which they are tried (RFC 5321 §5.1)."""

import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from attrs import evolve

from mailsuite.dns.answers import Answer, Mx, NoSuchName, NoSuchRecord, TemporaryFailure
from mailsuite.relay.ports import Login, Policy, Reply, Security, Target
from mailsuite.relay.settings import RelaySettings, Smarthost
from mailsuite.relay.tls.judging import Judged, PolicyJudge

SUBMISSIONS = 465  # TLS from the first octet (RFC 8314 §3.3)


class NoRoute(Exception):  # noqa: N818 - an outcome, not a mistake
    """No host to try: for good, or (4yz) for now."""

    def __init__(self, code: int, status: str, words: str) -> None:
        super().__init__(words)
        self.reply = Reply(code, status, words)


class Asks(Protocol):
    """The DNS client (`mailsuite.dns.client.Dns`)."""

    async def query(self, name: str, kind: str) -> Answer:
        """Records, or one of three ways of having none."""
        ...


Primary = Callable[[str], Awaitable[str]]


async def _nowhere(_: str) -> str:
    return ""


class Router:
    """Finds the targets of a domain.

    Args:
        primary: the host of a domain that we take mail for as a backup, "" for any other.
        judge: knows what the recipients' domains want of TLS; None: nobody asks.
    """

    def __init__(
        self,
        dns: Asks,
        settings: RelaySettings,
        primary: Primary | None = None,
        judge: PolicyJudge | None = None,
    ) -> None:
        self._dns = dns
        self._judge = judge
        self._settings = settings
        self._primary = primary or _nowhere
        self._shuffle = random.SystemRandom().shuffle

    async def route(self, domain: str) -> Sequence[Target]:
        """The targets for a canonical domain, at least one.

        Raises:
            NoRoute: there are none.
        """
        named = self._settings.route_of(domain) or self._settings.smarthost
        if named is not None:
            return await self._smarthost(named)
        targets = await self._by_dns(domain)
        if not self._settings.source:
            return targets
        return [evolve(t, source=self._source(t.address, ())) for t in targets]

    async def judged(self, domain: str) -> Judged:
        """The same, with what TLS must give for each (MTA-STS, DANE). Raises `NoRoute`."""
        targets = await self.route(domain)
        return Judged(targets) if self._judge is None else await self._judge.judged(domain, targets)

    async def unjudged(self, domain: str) -> Judged:
        """The same, whatever the domain wants of TLS. Raises `NoRoute`."""
        return Judged(await self.route(domain))

    async def _by_dns(self, domain: str) -> Sequence[Target]:
        if domain.startswith("["):
            return self._literal(domain)
        if host := await self._primary(domain):
            return await self._of_primary(domain, host)
        exchanges, sure = await self._exchanges(domain)
        return await self._resolved(domain, self._ordered(domain, exchanges), sure=sure)

    async def _smarthost(self, host: Smarthost) -> Sequence[Target]:
        """The targets of a host that the operator named: it may stand on any address."""
        login = Login(host.user, host.password, host.token_file) if host.user else None
        try:
            addresses = [str(ip_address(host.host))]
        except ValueError:
            addresses = await self._addresses(host.host)
        if not addresses:
            raise NoRoute(451, "4.4.4", f"the smarthost {host.host} has no address")
        return [
            Target(
                host.host,
                address,
                host.port,
                security_of(host),
                login,
                vouched=True,
                source=self._source(address, host.source),
            )
            for address in addresses
        ]

    def _source(self, address: str, named: Sequence[str]) -> str:
        """Which of our addresses a connection to this one comes from: one of its family."""
        ours = named or self._settings.source
        return next((one for one in ours if (":" in one) == (":" in address)), "")

    async def _of_primary(self, domain: str, named: str) -> Sequence[Target]:
        """The host that has the domain's mailboxes, as the operator named it: HOST or HOST:PORT."""
        host, port = split_host(named)
        try:
            addresses = [str(ip_address(host))]
        except ValueError:
            addresses = await self._addresses(host)
        addresses = [a for a in addresses if a not in self._settings.own_addresses]
        if not addresses:
            # It waits: what is wrong is ours to mend, and the sender could do nothing.
            raise NoRoute(451, "4.4.6", f"the host {host} of {domain} has no address but ours")
        at = port or self._settings.port
        return [Target(host, address, at, vouched=True) for address in addresses]

    def _literal(self, domain: str) -> Sequence[Target]:
        address = domain.strip("[]").removeprefix("ipv6:").removeprefix("IPv6:")
        try:
            usable = self._usable(address)
        except ValueError:
            raise NoRoute(550, "5.1.2", f"{domain} is no address") from None
        if address in self._settings.own_addresses:
            raise NoRoute(550, "5.4.6", f"mail for {domain} would come back to this host")
        if not usable:
            raise NoRoute(550, "5.4.4", f"{domain} is not an address on the internet")
        return [Target(address, address, self._settings.port)]

    async def _exchanges(self, domain: str) -> tuple[list[Mx], bool]:
        """The hosts, and whether nobody can have forged their names."""
        try:
            answer = await self._dns.query(domain, "MX")
        except NoSuchName:
            raise NoRoute(550, "5.1.2", f"the domain {domain} does not exist") from None
        except NoSuchRecord:
            return [Mx(0, domain)], True  # the implicit MX
        except TemporaryFailure as failure:
            raise NoRoute(451, "4.4.3", f"DNS does not answer: {failure}") from None
        found = [record for record in answer.records if isinstance(record, Mx)]
        named = [record for record in found if record.exchange]
        if found and not named:
            raise NoRoute(556, "5.1.10", f"{domain} takes no mail (RFC 7505)")
        return named, answer.authenticated and self._settings.trust_ad

    def _ordered(self, domain: str, exchanges: list[Mx]) -> list[str]:
        """By preference, equals in random order; ours and what is less preferred left out."""
        ours = [mx.preference for mx in exchanges if mx.exchange == self._settings.hostname.lower()]
        if ours:
            exchanges = [mx for mx in exchanges if mx.preference < min(ours)]
        if not exchanges:
            raise self._loop(domain)
        self._shuffle(exchanges)
        exchanges.sort(key=lambda mx: mx.preference)
        return list(dict.fromkeys(mx.exchange for mx in exchanges))

    async def _resolved(self, domain: str, names: Sequence[str], *, sure: bool) -> Sequence[Target]:
        most = self._settings.limits.relay_hosts
        targets: list[Target] = []
        unsure, hidden, policy = "", 0, Policy(domain)
        # Names are bounded as connections are: 1,000 MX records cost 20 questions (threat S12).
        for name in names[:most]:
            try:
                addresses = await self._addresses(name)
            except NoRoute as failure:
                unsure = failure.reply.text
                continue
            if self._settings.own_addresses.intersection(addresses):
                if not targets:
                    raise self._loop(domain)
                break
            public = [address for address in addresses if self._usable(address)]
            hidden += len(addresses) - len(public)
            vouched = sure or name == domain
            port = self._settings.port
            targets += [Target(name, a, port, vouched=vouched, policy=policy) for a in public]
        if targets:
            return targets[:most]
        if unsure:
            raise NoRoute(451, "4.4.3", unsure)
        if hidden:
            words = f"the hosts of {domain} have no address on the internet"
            raise NoRoute(550, "5.4.4", words)
        raise NoRoute(550, "5.4.4", f"no host that takes mail for {domain} has an address")

    async def _addresses(self, name: str) -> list[str]:
        """A host's addresses, both families, in turn; empty when there are certainly none."""
        found: list[list[str]] = []
        unsure = ""
        for kind in ("AAAA", "A"):
            try:
                answer = await self._dns.query(name, kind)
            except (NoSuchName, NoSuchRecord):
                continue
            except TemporaryFailure as failure:
                unsure = str(failure)
                continue
            found.append([str(record) for record in answer.records])
        if unsure and not found:
            raise NoRoute(451, "4.4.3", f"DNS does not answer: {unsure}")
        for addresses in found:
            self._shuffle(addresses)
        return list(_in_turn(found))

    def _usable(self, address: str) -> bool:
        return self._settings.allow_private or is_public(address)

    def _loop(self, domain: str) -> NoRoute:
        return NoRoute(550, "5.4.6", f"mail for {domain} would come back to this host")


def security_of(host: Smarthost) -> Security:
    """What TLS has to give: what the operator wrote, else as the port and the sign-in need it."""
    if host.security is not None:
        return host.security
    if host.port == SUBMISSIONS:
        return Security.IMPLICIT
    return Security.VERIFIED if host.user else Security.OPPORTUNISTIC


def split_host(named: str) -> tuple[str, int]:
    """HOST, HOST:PORT or [IPV6]:PORT; 0 where no port is named."""
    host, colon, port = named.rpartition(":")
    if not colon or not port.isdigit() or (":" in host and not host.endswith("]")):
        host, port = named, "0"
    return host.strip("[]"), int(port)


def is_public(address: str) -> bool:
    """Whether an address is a host on the internet, rather than here or on a private network."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None and not inner.is_global:
            return False
    return ip.is_global and not ip.is_multicast


def _in_turn(lists: Sequence[Sequence[str]]) -> Iterable[str]:
    for n in range(max(map(len, lists), default=0)):
        for items in lists:
            if n < len(items):
                yield items[n]
