"""Sends the aggregate reports of the days that are over (RFC 9990 §3.5, §4).

Once an hour it looks what is still to be told; each domain has a time of its own in the morning.
A third party gets reports only where its own record says that it wants them (threat D13).
"""

import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Protocol

from attrs import define, field, frozen
from twisted.logger import Logger

from mailsuite.dns.answers import NoAnswer, TemporaryFailure
from mailsuite.errors import MailError, Unavailable
from mailsuite.message.addresses import Address
from mailsuite.store.day_counts import DAY
from mailsuite.store.dmarc_seen import DAYS_KEPT, SEEN
from mailsuite.store.domains import own_domain
from mailsuite.store.opening import Store
from mailsuite.trust.dmarc.record import select
from mailsuite.trust.dmarc.tree import Walks
from mailsuite.trust.ports import Asks
from mailsuite.trust.reports.writing import Outgoing, letter

SPREAD_SECONDS = 4 * 3_600
DOMAINS = 500  # looked at in one go
ADDRESSES = 5  # of one record that are written to
LOCAL_PART = "dmarc-reports"


class Posts(Protocol):
    """Who takes messages of our own making (`intake.service.Intake`)."""

    async def report(self, recipient: str, message: bytes, trace: str) -> None:
        """Queue it from the null sender. Raises `MailError`."""
        ...


async def is_wanted(asks: Asks, domain: str, to: Address) -> bool:
    """Whether the address may be sent reports about the domain (RFC 9990 §4).

    Raises:
        TemporaryFailure: DNS may know later.
    """
    there = to.canonical.domain
    walks = Walks(asks)
    if await walks.organization(there) == await walks.organization(domain):
        return True
    try:
        answer = await asks.query(f"{domain}._report._dmarc.{there}", "TXT")
    except TemporaryFailure:
        raise
    except NoAnswer:
        return False
    return bool(select(answer.records))


@frozen
class Sender:
    """In whose name reports go out."""

    domain: str

    @property
    def contact(self) -> Address:
        """Where questions about them go."""
        return Address(LOCAL_PART, self.domain)


@define(eq=False)
class Reporting:
    """Sends what is due."""

    store: Store
    asks: Asks
    posts: Posts
    hostname: str
    flush: Callable[[], Awaitable[None]]
    wanted: Callable[[], bool]
    _log: Logger = field(factory=Logger, init=False)

    async def send_due(self) -> None:
        """Report what is due by now."""
        if not self.wanted():
            return
        await self.flush()
        now = int(self.store.clock())
        today = now // DAY
        await self.store.writer.run(SEEN.forget_before, today - DAYS_KEPT)
        for day, domain in await self.store.readers.run(SEEN.finished, today, DOMAINS):
            if now < (day + 1) * DAY + _delay(domain):
                continue
            try:
                await self._tell(day, domain)
            except (TemporaryFailure, Unavailable) as error:
                self._log.info(
                    "the DMARC report to {domain} waits: {why}", domain=domain, why=str(error)
                )

    async def _tell(self, day: int, domain: str) -> None:
        # The record may have changed since: who wants no more reports gets none.
        record = await Walks(self.asks).record_at(domain)
        rua = record.rua if record is not None else ()
        if rua:
            counted = await self.store.readers.run(SEEN.of, day, domain)
            sender = Sender(await self.store.readers.run(own_domain, self.hostname))
            report = Outgoing(domain, day, sender.domain, sender.contact, counted)
            for to in rua[:ADDRESSES]:
                await self._send(report, to)
        await self.store.writer.run(SEEN.forget, day, domain)

    async def _send(self, report: Outgoing, to: Address) -> None:
        if not await is_wanted(self.asks, report.domain, to):
            self._log.info(
                "no DMARC report about {domain} to {to}: nobody there asked for it",
                domain=report.domain,
                to=str(to),
            )
            return
        now = int(self.store.clock())
        trace = f"dmarc-{report.day}-{secrets.token_hex(4)}"
        try:
            made = letter(report, to, now, secrets.token_bytes(12))
            await self.posts.report(str(to), made, trace)
        except Unavailable:
            raise
        except (MailError, ValueError) as error:
            self._log.warn("no DMARC report to {to}: {why}", to=str(to), why=str(error))
            return
        self._log.info("DMARC report about {domain} to {to}", domain=report.domain, to=str(to))


def _delay(domain: str) -> int:
    """How long after midnight a domain is reported to: always the same for the same one."""
    return int.from_bytes(sha256(domain.encode()).digest()[:4]) % SPREAD_SECONDS
