"""Who checks what other hosts bring, by the configuration in force."""

from collections.abc import Sequence
from typing import Any

from attrs import define, evolve, frozen

from mailsuite.config import Config
from mailsuite.intake.judging import Tell
from mailsuite.intake.letter import Marks
from mailsuite.intake.service import Intake
from mailsuite.message.judgement import Result
from mailsuite.repute.keeper import Keeper
from mailsuite.store.opening import Store
from mailsuite.trust.judge import Settings, Trust
from mailsuite.trust.ports import Asks
from mailsuite.trust.reports.counting import Counting
from mailsuite.trust.reports.reading import AggregateReport
from mailsuite.trust.reports.receiving import keep_reports
from mailsuite.trust.reports.sending import Reporting
from mailsuite.wire.link import Peer
from mailsuite.wire.pools import Runs


def settings(config: Config) -> Settings:
    """`[trust]` as the judge takes it."""
    given = config.trust
    return Settings(
        config.hostname,
        given.authserv_id,
        check=given.check,
        enforce=given.dmarc == "enforce",
        unchecked=(*config.inbound.trusted, *given.unchecked),
        sealers=frozenset(given.arc_sealers),
    )


@define(eq=False)
class Trusting:
    """The judge of who mail is from; heard before all others, who go by its results."""

    trust: Trust
    tell: Tell
    counting: Counting
    reporting: Reporting
    sends: bool = False  # `[trust] send_reports`

    def configure(self, config: Config, intake: Intake) -> None:
        """Go by a configuration; the intake's own is taken in after this."""
        self.trust.settings = settings(config)
        self.sends = config.trust.send_reports
        others = [judge for judge in intake.court.judges if judge is not self.trust]
        intake.court = evolve(intake.court, judges=(self.trust, *others), tell=self.tell)
        intake.marks = Marks(config.trust.authserv_id, config.inbound.trusted)
        intake.configure(config.hostname, config.limits, config.relay.expire)

    async def look(self) -> None:
        """Once an hour, in one worker: reports go out."""
        await self.reporting.send_due()

    async def stop(self) -> None:
        """Write what was counted."""
        await self.counting.flush()


@frozen
class Parts:
    """What it is made of."""

    reactor: Any
    store: Store
    runs: Runs
    dns: Asks
    intake: Intake
    keeper: Keeper


def make_trusting(config: Config, parts: Parts) -> Trusting:
    """The judge of a host, heard by its intake."""

    def wanted() -> bool:
        return made.sends

    async def keep(reports: Sequence[AggregateReport], results: Sequence[Result]) -> list[str]:
        return await keep_reports(parts.store, reports, results)

    keeper, store = parts.keeper, parts.store
    counting = Counting(store, parts.reactor, wanted)
    trust = Trust(
        lambda peer: keeper.budget_of(Peer(peer)),
        parts.runs,
        settings(config),
        counting.note,
        keep,
    )
    keeper.spf = trust.spf_ahead
    reporting = Reporting(store, parts.dns, parts.intake, config.hostname, counting.flush, wanted)
    made = Trusting(trust, keeper.telling.tell, counting, reporting)
    made.configure(config, parts.intake)
    return made
