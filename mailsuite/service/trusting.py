"""Who checks what other hosts bring, by the configuration in force."""

from collections.abc import Callable

from attrs import define, evolve

from mailsuite.config import Config
from mailsuite.intake.judging import Tell
from mailsuite.intake.letter import Marks
from mailsuite.intake.service import Intake
from mailsuite.trust.judge import Settings, Trust
from mailsuite.trust.ports import Asks
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

    def configure(self, config: Config, intake: Intake) -> None:
        """Go by a configuration; the intake's own is taken in after this."""
        self.trust.settings = settings(config)
        others = [judge for judge in intake.court.judges if judge is not self.trust]
        intake.court = evolve(intake.court, judges=(self.trust, *others), tell=self.tell)
        intake.marks = Marks(config.trust.authserv_id, config.inbound.trusted)
        intake.configure(config.hostname, config.limits, config.relay.expire)


def make_trusting(
    config: Config, runs: Runs, asks_for: Callable[[str], Asks], tell: Tell, intake: Intake
) -> Trusting:
    """The judge of a host, heard by its intake."""
    made = Trusting(Trust(asks_for, runs, settings(config)), tell)
    made.configure(config, intake)
    return made
