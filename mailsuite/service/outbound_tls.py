"""TLS to other hosts: their policies, what became of it, and the reports, by the configuration."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, evolve, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.config import Config
from mailsuite.dns.answers import NoSuchName, NoSuchRecord, TemporaryFailure
from mailsuite.dns.client import Dns
from mailsuite.intake.service import Intake
from mailsuite.relay.tls.judging import PolicyJudge
from mailsuite.relay.tls.outcomes import TlsOutcomes
from mailsuite.relay.tls.policies import Policies
from mailsuite.relay.tls.receiving import TlsReports
from mailsuite.relay.tls.reporting import TlsReporting
from mailsuite.store.opening import Store
from mailsuite.wire.fetching import Fetcher, FetchFailed, Resolves
from mailsuite.wire.link import Peer


@define(eq=False)
class OutboundTls:
    """What the relay needs to know of other hosts' TLS, and what is told of it."""

    outcomes: TlsOutcomes
    policies: Policies
    reporting: TlsReporting
    judge: PolicyJudge
    _looking: bool = field(default=False, init=False)

    log = Logger()

    def look(self) -> None:
        """Once an hour, in one worker: policies are asked for again, reports go out.

        Nobody waits for it: servers of others may take their time.
        """
        if not self._looking:
            self._looking = True
            looking = Deferred.fromCoroutine(self._look())
            looking.addErrback(lambda failure: self.log.failure("policies and reports", failure))

    async def _look(self) -> None:
        try:
            await self.policies.refresh()
            await self.reporting.send_due()
        finally:
            self._looking = False


def make_outbound_tls(  # noqa: PLR0917 - handed in once, by `building`
    config: Config,
    reactor: Any,
    store: Store,
    intake: Intake,
    dns: Dns,
    checked: Callable[[Peer, str], bool],
) -> OutboundTls:
    """Build it, and let the intake hear of reports that come in where signatures are `checked`."""
    fetcher = Fetcher(
        reactor,
        addresses_by(dns),
        config.tls.ca_file,
        port=config.fetch.port,
        allow_private=config.fetch.allow_private,
    )
    outcomes = TlsOutcomes(store, reactor)
    policies = Policies(store, dns, fetcher, reactor.seconds)
    reporting = TlsReporting(store, dns, fetcher, intake, config.hostname, outcomes.flush)
    judge = PolicyJudge(dns, policies, outcomes, trust_ad=config.dns.trust_ad)
    # Last of all: it must know whose signatures hold.
    intake.court = evolve(intake.court, judges=(*intake.court.judges, TlsReports(store, checked)))
    return OutboundTls(outcomes, policies, reporting, judge)


def addresses_by(dns: Dns) -> Resolves:
    """The addresses of a host, as our DNS client finds them."""

    async def resolve(host: str) -> Sequence[str]:
        found: list[str] = []
        why = ""
        for kind in ("A", "AAAA"):
            try:
                found += [str(record) for record in (await dns.query(host, kind)).records]
            except (NoSuchName, NoSuchRecord):
                continue
            except TemporaryFailure as failure:
                why = str(failure)
        if not found and why:
            raise FetchFailed(f"{host}: DNS does not answer: {why}")
        return found

    return resolve
