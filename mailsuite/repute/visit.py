"""One client at the door: what is being found out about it, and what it has been told."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, gatherResults

from mailsuite.dns.budget import Budget
from mailsuite.dns.reverse import PASS, confirm
from mailsuite.message.addresses import Address
from mailsuite.message.reputation import UNKNOWN, Listed, Reputation, SpfOutcome
from mailsuite.repute.health import Health
from mailsuite.repute.lists import Subject, Unreliable, listing, subject_of
from mailsuite.repute.ports import ChecksSpf
from mailsuite.repute.settings import DnsList
from mailsuite.wire.link import Peer

SECONDS = 4.0  # that names and lists have to answer: a client waits for its first RCPT so long


@define(eq=False)
class Visit:
    """Asks in the background from MAIL on; RCPT waits for what has come.

    Args:
        budgets: makes one budget for the client's address, and one for each message's domain.
    """

    peer: Peer
    helo: str
    health: Health
    lists: Sequence[DnsList]
    budgets: Callable[[], Budget]
    _address: Deferred[Reputation] | None = field(default=None, init=False)
    _domain: tuple[str, Deferred[Reputation]] | None = field(default=None, init=False)
    _spf: tuple[Address | None, Deferred[SpfOutcome | None]] | None = field(
        default=None, init=False
    )

    def begin(self, domain: str) -> Deferred[Reputation]:
        """Start to ask; `domain`: of the reverse-path, "" for the null sender."""
        if self._address is None:
            self._address = Deferred.fromCoroutine(self._of_address())
            self._address.addErrback(lambda _: UNKNOWN)
        if self._domain is None or self._domain[0] != domain:
            found = Deferred.fromCoroutine(self._with(domain))
            found.addErrback(lambda _: UNKNOWN)
            self._domain = (domain, found)
        return self._domain[1]

    async def reputation(self, domain: str) -> Reputation:
        """What is known of the client and the domain. Never raises, never hangs."""
        found: Reputation = await shared(self.begin(domain))
        return found

    async def spf(self, checks: ChecksSpf, sender: Address | None) -> SpfOutcome | None:
        """Whether the client may send for the sender; asked once a sender. Never raises."""
        if self._spf is None or self._spf[0] != sender:
            checking = checks(self.budgets(), self.peer, self.helo, sender)
            found = Deferred.fromCoroutine(checking)
            found.addErrback(lambda _: None)
            self._spf = (sender, found)
        outcome: SpfOutcome | None = await shared(self._spf[1])
        return outcome

    async def _of_address(self) -> Reputation:
        budget = self.budgets()
        confirmed = await confirm(budget, self.peer.address)
        name = confirmed.name if confirmed.word == PASS else ""
        subjects = [subject_of(self.peer.address)]
        subjects += [Subject("domain", each) for each in dict.fromkeys((name, self.helo)) if each]
        return Reputation(confirmed.word, name, await self._listed(budget, subjects))

    async def _with(self, domain: str) -> Reputation:
        known: Reputation = await shared(self._address)
        if not domain or domain in (known.name, self.helo):
            return known
        listed = await self._listed(self.budgets(), [Subject("domain", domain)])
        return evolve(known, listed=(*known.listed, *listed))

    async def _listed(self, budget: Budget, subjects: Sequence[Subject]) -> tuple[Listed, ...]:
        asking = [
            Deferred.fromCoroutine(self._one(budget, one, subject))
            for one in self.health.well(self.lists)
            for subject in subjects
            if subject.kind in one.kinds
        ]
        found: Any = await gatherResults(asking, consumeErrors=True)
        return tuple(entry for entry in found if entry is not None)

    async def _one(self, budget: Budget, one: DnsList, subject: Subject) -> Listed | None:
        try:
            return await listing(budget, one, subject)
        except Unreliable as why:
            self.health.failed(one.zone, str(why))
            return None


def shared(deferred: Deferred[Any] | None) -> Deferred[Any]:
    """What a Deferred gives, without taking it from the next one who waits."""
    assert deferred is not None
    mine: Deferred[Any] = Deferred()

    def give(result: Any) -> Any:
        mine.callback(result)
        return result

    deferred.addCallback(give)
    return mine
