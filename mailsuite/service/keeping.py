"""The keeper of the doors, with all that it needs, by the configuration in force."""

from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.config import Config
from mailsuite.dns.client import Dns
from mailsuite.intake.service import Intake
from mailsuite.message.addresses import Address
from mailsuite.repute.budgets import Budgets
from mailsuite.repute.keeper import Keeper
from mailsuite.repute.notices import Notices
from mailsuite.repute.rates import Meter
from mailsuite.repute.settings import Settings
from mailsuite.store.domains import list_domains, own_domain
from mailsuite.store.opening import Store
from mailsuite.store.stories import PIECE, index_events, newest_event
from mailsuite.wire.tallies import Tallies

INDEX_SECONDS = 60.0  # between two looks for events that are not found by name yet
FAST = 3_000  # events within that time: deliveries go first
TEST_SECONDS = 3_600.0  # between two looks at the DNS lists' test entries (RFC 5782 §5)


def settings(config: Config) -> Settings:
    """`[repute]` and `[rates]` as the keeper takes them."""
    return Settings(config.repute, config.rates)


def make_keeper(  # noqa: PLR0917 - parts of the house, each once
    config: Config, reactor: Any, store: Store, intake: Intake, dns: Dns, tallies: Tallies
) -> Keeper:
    """A keeper whose DNS lists are not tested yet, and so not asked."""

    async def postmaster() -> Address | None:
        """Of the domain that this host stands in, else of the first domain here."""
        names = {domain.name for domain in await store.readers.run(list_domains)}
        own = await store.readers.run(own_domain, config.hostname)
        return Address("postmaster", own) if own in names else None

    meter = Meter(tallies)
    notices = Notices(intake, tallies, config.hostname, store.clock, postmaster)
    budgets = Budgets(dns, reactor, meter, config.rates.questions_per_network)
    return Keeper(store, budgets, meter, notices, reactor, settings(config))


@define(eq=False)
class Rounds:
    """Tests the lists at once, and every hour; ends what waits when the host stops."""

    keeper: Keeper
    store: Store
    reactor: Any
    _next: Any = field(default=None, init=False)
    _indexing: Any = field(default=None, init=False)
    _newest: int = field(default=0, init=False)  # event, a minute ago
    log = Logger()

    def start(self) -> None:
        """Begin."""
        self._due()

    def index(self) -> None:
        """Find stories by name behind the deliveries: one process does it for all."""
        self._indexing = self.reactor.callLater(INDEX_SECONDS, self.index)
        indexing = Deferred.fromCoroutine(self._index())
        indexing.addErrback(lambda failure: self.log.failure("indexing stories", failure))

    async def _index(self) -> None:
        before, self._newest = self._newest, await self.store.readers.run(newest_event)
        if self._newest - before > FAST:
            return  # 40 us an event: when less comes, within the hour, or when somebody asks
        while await self.store.writer.run(index_events, PIECE) == PIECE:
            pass

    def stop(self) -> None:
        """Let go of who is held, and write what was noted."""
        for timer in (self._next, self._indexing):
            if timer is not None and timer.active():
                timer.cancel()
        self.keeper.tarpit.release()
        self.keeper.telling.flush()

    def _due(self) -> None:
        self._next = self.reactor.callLater(TEST_SECONDS, self._due)
        testing = Deferred.fromCoroutine(self.keeper.test_lists())
        testing.addErrback(lambda failure: self.log.failure("testing DNS lists", failure))
