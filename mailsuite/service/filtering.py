"""The spam filter and the judges beside it, by the configuration in force."""

from typing import Any

from attrs import define, evolve, field

from mailsuite.config import Config
from mailsuite.intake.service import Intake
from mailsuite.spam.judge import Settings, Spam
from mailsuite.spam.learning import Learner
from mailsuite.spam.outside.judge import OutsideJudges, clamd, milter, rspamd
from mailsuite.spam.outside.talk import Advice
from mailsuite.store.opening import Store
from mailsuite.wire.pools import Runs


def settings(config: Config) -> Settings:
    """`[spam]` as the filter takes it."""
    given = config.spam
    return Settings(given.enabled, given.threshold, config.inbound.trusted)


def outside_judges(config: Config, reactor: Any) -> tuple[OutsideJudges, ...]:
    """The other programs that are asked; none are configured mostly."""
    given = config.spam
    found = [rspamd(given.rspamd)] if given.rspamd is not None else []
    if given.clamd is not None:
        virus = Advice.REFUSE if given.virus == "refuse" else Advice.JUNK
        found.append(clamd(given.clamd, virus))
    found += [milter(place) for place in given.milters]
    if not found:
        return ()
    defers = given.when_down == "defer"
    trusted = config.inbound.trusted
    return (OutsideJudges(reactor, found, given.timeout, defers, trusted),)


@define(eq=False)
class Filtering:
    """What judges the words of mail, and what learns from where it is put."""

    spam: Spam
    learner: Learner
    reactor: Any = field(repr=False)
    _joined: tuple[Any, ...] = field(default=(), init=False)

    def configure(self, config: Config, intake: Intake) -> None:
        """Go by a configuration; heard behind those whom the intake has already."""
        self.spam.settings = settings(config)
        others = [judge for judge in intake.court.judges if judge not in self._joined]
        outside = outside_judges(config, self.reactor)
        self._joined = (*outside, self.spam)
        intake.court = evolve(intake.court, judges=(*others, *self._joined))

    def start(self) -> None:
        """Learn, from now on; in one worker only."""
        self.learner.start()

    def stop(self) -> None:
        """Learn no more."""
        self.learner.stop()


def make_filtering(
    config: Config, reactor: Any, store: Store, runs: Runs, intake: Intake
) -> Filtering:
    """The filter of a host, heard by its intake."""
    made = Filtering(Spam(store), Learner(store, runs, reactor), reactor)
    made.configure(config, intake)
    return made
