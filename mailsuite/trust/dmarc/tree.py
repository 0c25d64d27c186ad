"""The DNS tree walk: which records stand above a name, and whose domain it is (RFC 9989 §4.10)."""

from attrs import define, field, frozen

from mailsuite.dns.answers import NoAnswer, TemporaryFailure
from mailsuite.trust.dmarc.record import parse, select
from mailsuite.trust.ports import Asks
from mailsuite.trust.results import DmarcRecord

QUESTIONS = 8  # a walk asks no more: longer names are cut to seven labels at once
ADDRESSED = ("A", "AAAA", "MX")  # §3.2.12: a name without any of them does not exist


@frozen
class Found:
    """One valid record of a walk."""

    domain: str
    record: DmarcRecord


@define
class Walks:
    """The walks for one message: no name is asked for twice. Raises `TemporaryFailure`."""

    asks: Asks
    _records: dict[str, DmarcRecord | None] = field(factory=dict, init=False)

    async def record_at(self, domain: str) -> DmarcRecord | None:
        """The one valid record of a name; None: none, several, or one that says nothing."""
        if domain not in self._records:
            try:
                answer = await self.asks.query(f"_dmarc.{domain}", "TXT")
            except TemporaryFailure:
                raise
            except NoAnswer:
                self._records[domain] = None
            else:
                found = select(answer.records)
                self._records[domain] = parse(found[0]) if len(found) == 1 else None
        return self._records[domain]

    async def walk(self, domain: str) -> list[Found]:
        """The records from the name upwards, the longest name first."""
        found = []
        for name in steps(domain):
            record = await self.record_at(name)
            if record is None:
                continue
            found.append(Found(name, record))
            if record.psd != "u":
                break
        return found

    async def organization(self, domain: str) -> str:
        """The organizational domain of a name (§4.10.2)."""
        return organization(domain, await self.walk(domain))

    async def exists(self, domain: str) -> bool:
        """Whether there is anything at the name that mail could be about."""
        for kind in ADDRESSED:
            try:
                await self.asks.query(domain, kind)
            except TemporaryFailure:
                raise
            except NoAnswer:
                continue
            return True
        return False


def steps(domain: str) -> list[str]:
    """The names that a walk asks about, at most `QUESTIONS`."""
    labels = domain.split(".")
    rest = labels[1:] if len(labels) < QUESTIONS else labels[-(QUESTIONS - 1) :]
    return [domain, *(".".join(rest[n:]) for n in range(len(rest)))]


def organization(domain: str, found: list[Found]) -> str:
    """Whose domain a name is, by the records of its walk (§4.10.2)."""
    for each in found:
        if each.record.psd == "n":
            return each.domain
        if each.record.psd == "y" and each.domain != domain:
            below = domain[: -len(each.domain) - 1].rpartition(".")[2]
            return f"{below}.{each.domain}"
    return found[-1].domain if found else domain
