"""A DNS and an HTTPS of dictionaries, for policies."""

from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred

from mailsuite.dns.answers import Answer, Mx, NoSuchName, NoSuchRecord, TemporaryFailure, Tlsa
from mailsuite.relay.ports import Policy, Target
from mailsuite.wire.fetching import Fetched, FetchFailed

POLICY = b"version: STSv1\r\nmode: %b\r\nmx: %b\r\nmax_age: 604800\r\n"


@define(eq=False)
class FakeDns:
    """Answers from `records`; those in `signed` are authenticated, whoever asks."""

    records: dict[tuple[str, str], Any] = field(factory=dict)
    aliases: dict[str, str] = field(factory=dict)
    signed: bool = False
    unsigned: set[str] = field(factory=set)  # names whose answers are not, though `signed`
    asked: list[tuple[str, str]] = field(factory=list)

    def host(self, domain: str, *hosts: str) -> None:
        self.records[domain, "MX"] = tuple(Mx(n, host) for n, host in enumerate(hosts))
        for n, host in enumerate(hosts):
            self.records[host, "A"] = (f"8.8.8.{n}",)

    def sts(self, domain: str, identity: str = "1") -> None:
        self.records[f"_mta-sts.{domain}", "TXT"] = (f"v=STSv1; id={identity};".encode(),)

    def tlsa(self, host: str, *records: Tlsa) -> None:
        self.records[f"_25._tcp.{host}", "TLSA"] = records

    async def query(self, name: str, kind: str) -> Answer:
        self.asked.append((name, kind))
        canonical = name if kind == "CNAME" else self.aliases.get(name, name)
        sure = self.signed and name not in self.unsigned and canonical not in self.unsigned
        if kind == "CNAME":
            sure = self.signed and name not in self.unsigned
        if kind == "CNAME" and name in self.aliases:
            return Answer(name, name, (self.aliases[name],), 60, sure)
        found = self.records.get((canonical, kind))
        if found is None:
            known = any(known == canonical for known, _ in self.records)
            raise (NoSuchRecord if known else NoSuchName)(name, authenticated=sure)
        if found is TemporaryFailure:
            raise TemporaryFailure(name)
        return Answer(name, canonical, tuple(found), 60, sure)


@define(eq=False)
class FakeWeb:
    """Documents by URL; an exception is raised, a Deferred waited for."""

    pages: dict[str, Any] = field(factory=dict)
    asked: list[str] = field(factory=list)
    posted: list[tuple[str, bytes, str]] = field(factory=list)
    status: int = 200

    def policy(self, domain: str, mode: str, mx: str) -> None:
        self.page(domain, POLICY % (mode.encode(), mx.encode()))

    def page(self, domain: str, page: Any) -> None:
        self.pages[f"https://mta-sts.{domain}/.well-known/mta-sts.txt"] = page

    async def get(self, url: str, *, most_octets: int, seconds: float) -> Fetched:
        assert (most_octets, seconds) == (64 * 1024, 60.0)
        self.asked.append(url)
        page = self.pages.get(url)
        if isinstance(page, Deferred):
            page = await page
        if page is None:
            raise FetchFailed("no host")
        if isinstance(page, Exception):
            raise page
        return page if isinstance(page, Fetched) else Fetched(200, "text/plain", page)

    async def post(
        self, url: str, octets: bytes, media_type: str, *, most_octets: int, seconds: float
    ) -> Fetched:
        assert most_octets
        assert seconds
        self.posted.append((url, octets, media_type))
        if self.status == 0:
            raise FetchFailed("no host")
        return Fetched(self.status, "", b"")


@define(eq=False)
class Noted:
    """`Outcomes` as a list."""

    outcomes: list[tuple[str, str, str]] = field(factory=list)  # domain, kind, result

    def note(self, target: Target, result: str = "", reason: str = "", *, local: str = "") -> None:
        assert target.policy is not None
        assert reason or not result
        self.outcomes.append((target.policy.domain, target.policy.kind, result))


def target(name: str, domain: str, address: str = "8.8.8.8") -> Target:
    return Target(name, address, 25, policy=Policy(domain))
