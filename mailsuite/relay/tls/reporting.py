"""Sends the TLS reports of the days that are over (RFC 8460 §4.1, §5).

Each hour it looks what is still to be told. A day's report waits some hours, a different time for
each domain, so that not all the world reports at midnight; one that cannot be sent is tried again
each hour for a day, and then let go (§5.5). Sessions that carried reports are not counted, so two
hosts never report about reports for ever (threat D13).
"""

import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Protocol

from attrs import frozen
from twisted.logger import Logger

from mailsuite.dns.answers import NoSuchName, NoSuchRecord, TemporaryFailure
from mailsuite.errors import MailError, Unavailable
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.message.terms import OPTIONAL, Terms
from mailsuite.relay.ports import Intake
from mailsuite.relay.tls.dane import Asks
from mailsuite.relay.tls.reports import GZIP, Report, letter, packed
from mailsuite.relay.tls.rua import find_rua, mail_address
from mailsuite.store.day_counts import DAY
from mailsuite.store.domains import own_domain
from mailsuite.store.opening import Store
from mailsuite.store.tls_sessions import SESSIONS
from mailsuite.wire.fetching import Fetched, FetchFailed

SPREAD_SECONDS = 4 * 3_600  # §4.1
TRIED_DAYS = 2  # after its day: "up to 24 hours after the initial attempt" (§5.5)
DOMAINS = 500  # looked at in one go
POST_SECONDS, ANSWER_OCTETS = 60.0, 64 * 1024
LOCAL_PART = "tls-reports"


class Posts(Protocol):
    """The HTTPS client (`mailsuite.wire.fetching.Fetcher`)."""

    async def post(
        self, url: str, octets: bytes, media_type: str, *, most_octets: int, seconds: float
    ) -> Fetched:
        """Post a document. Raises `FetchFailed`."""
        ...


@frozen
class TlsReporting:
    """Sends what is due. `flush` writes what was counted since the last time."""

    store: Store
    dns: Asks
    posts: Posts
    intake: Intake
    hostname: str
    flush: Callable[[], Awaitable[None]]

    log = Logger()

    async def send_due(self) -> None:
        """Report what is due by now."""
        await self.flush()
        now = int(self.store.clock())
        today = now // DAY
        await self.store.writer.run(SESSIONS.forget_before, today - TRIED_DAYS)
        submitter = ""
        for day, domain in await self.store.readers.run(SESSIONS.finished, today, DOMAINS):
            if now < (day + 1) * DAY + _delay(domain):
                continue
            submitter = submitter or await self.store.readers.run(own_domain, self.hostname)
            try:
                await self._tell(day, domain, submitter)
            except MailError:
                self.log.failure("the TLS report to {domain} waits", domain=domain)

    async def _tell(self, day: int, domain: str, submitter: str) -> None:
        try:
            answer = await self.dns.query(f"_smtp._tls.{domain}", "TXT")
            uris = find_rua(answer.records)
        except (NoSuchName, NoSuchRecord):
            uris = ()
        except TemporaryFailure:
            return
        if uris:
            counted = await self.store.readers.run(SESSIONS.of, day, domain)
            contact = Address(LOCAL_PART, submitter)
            report = Report(domain, day, submitter, contact, counted)
            # One of them is enough (§3): each would get all of it.
            if not await self._sent(report, uris):
                return
        await self.store.writer.run(SESSIONS.forget, day, domain)

    async def _sent(self, report: Report, uris: tuple[str, ...]) -> bool:
        octets = packed(report)
        for uri in uris:
            if (to := mail_address(uri)) is not None:
                if await self._mailed(report, to, octets):
                    return True
            elif uri.lower().startswith("https:") and await self._posted(report, uri, octets):
                return True
        return False

    async def _mailed(self, report: Report, to: str, octets: bytes) -> bool:
        try:
            address = Address.parse(to)
            made = letter(report, address, octets, int(self.store.clock()), secrets.token_bytes(12))
            trace = f"tls-{report.day}-{secrets.token_hex(4)}"
            await self.intake.report(to, made, trace, Terms(tls=OPTIONAL))
        except Unavailable:
            raise
        except (BadAddress, ValueError, MailError) as error:
            self.log.warn(
                "no TLS report to {to} about {domain}: {why}",
                to=to,
                domain=report.domain,
                why=str(error),
            )
            return False
        self.log.info("TLS report to {to} about {domain}", to=to, domain=report.domain)
        return True

    async def _posted(self, report: Report, uri: str, octets: bytes) -> bool:
        try:
            answer = await self.posts.post(
                uri, octets, GZIP, most_octets=ANSWER_OCTETS, seconds=POST_SECONDS
            )
            why = f"answered with {answer.status}"
            taken = 200 <= answer.status < 300
        except FetchFailed as error:
            why, taken = str(error), False
        if taken:
            self.log.info("TLS report to {to} about {domain}", to=uri, domain=report.domain)
        else:
            self.log.warn(
                "no TLS report to {to} about {domain}: {why}",
                to=uri,
                domain=report.domain,
                why=why,
            )
        return taken


def _delay(domain: str) -> int:
    """How long after midnight a domain is reported to: always the same for the same one."""
    return int.from_bytes(sha256(domain.encode()).digest()[:4]) % SPREAD_SECONDS
