"""The keeper of the door: who may connect, begin a message, and reach a recipient.

Asked by SMTP sessions on the reactor thread. What is counted holds over all workers; nothing waits
for more than a read of the store and, for suspects and where lists are configured, for DNS.
"""

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from mailsuite.dns.budget import Budget
from mailsuite.message.addresses import Address
from mailsuite.message.reputation import UNKNOWN, Reputation
from mailsuite.repute.accounts import AccountLimits
from mailsuite.repute.budgets import Budgets
from mailsuite.repute.greylisting import Greylist
from mailsuite.repute.health import Health
from mailsuite.repute.notices import Notices
from mailsuite.repute.ports import ChecksSpf
from mailsuite.repute.rates import Meter, Over, Rate, Rates, sources
from mailsuite.repute.settings import Greylisting, Settings
from mailsuite.repute.tarpit import Tarpit
from mailsuite.repute.telling import Telling
from mailsuite.repute.verdicts import Denied, Sender, limited
from mailsuite.repute.visit import SECONDS, Visit
from mailsuite.store.events import Event
from mailsuite.store.opening import Store
from mailsuite.wire.link import Peer

# Mail to them is never refused for its source: it may be about just that (RFC 2142 §4, §5).
OPEN_TO_ALL = frozenset({"postmaster", "abuse"})
FREE_ERRORS = 2  # of a session, before its answers wait


class Keeper:
    """One a process; settings may be replaced at any time."""

    def __init__(  # noqa: PLR0917 - the parts of a house, each once
        self,
        store: Store,
        budgets: Budgets,
        meter: Meter,
        notices: Notices,
        reactor: Any,
        settings: Settings,
    ) -> None:
        self._budgets = budgets
        self._meter = meter
        self._settings = settings
        self.spf: ChecksSpf | None = None  # nobody knows SPF
        self.accounts = AccountLimits(store, meter, notices, settings.rates)
        self.greylist = Greylist(store, settings.repute)
        self.health = Health(notices.list_fails)
        self.tarpit = Tarpit(reactor, settings.repute.tarpit_waiting)
        self.telling = Telling(store, reactor)
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Take what a reloaded configuration says."""
        self._settings = settings
        self.accounts.rates = settings.rates
        self.greylist.settings = settings.repute
        self._budgets.rate = settings.rates.questions_per_network
        self.tarpit.most = settings.repute.tarpit_waiting

    async def test_lists(self) -> None:
        """Look whether the DNS lists are what they claim to be (RFC 5782 §5)."""
        await self.health.test(self._budgets.dns, self._settings.repute.lists)

    def budget_of(self, peer: Peer) -> Budget:
        """The questions that one message from there may cost."""
        return self._budgets.of(peer)

    @property
    def _rates(self) -> Rates:
        return self._settings.rates

    def refuses_connection(self, peer: Peer) -> Over | None:
        """Count a connection; why it is one too many, or None."""
        rates = self._rates
        of = (rates.connections_per_address, rates.connections_per_network)
        over = self._count("connections", peer, of)
        return over or self._met_unknown(peer)

    def visit(self, peer: Peer, helo: str) -> Visit:
        """What will be found out about a client, for as long as it stays."""
        lists = self._settings.repute.lists
        return Visit(
            peer, helo.lower(), self.health, lists, lambda: self._budgets.of(peer, SECONDS)
        )

    def may_begin(self, sender: Sender, visit: Visit) -> Denied | None:
        """Count a message of another host, and begin to find out about its source."""
        rates, peer = self._rates, sender.peer
        of = (rates.messages_per_address, rates.messages_per_network)
        over = self._count("messages", peer, of) or self._count_sender(
            "messages", sender, rates.messages_per_sender
        )
        if over is not None:
            return limited(over)
        if self._asks:
            visit.begin(sender.domain)
        return None

    async def may_reach(
        self, sender: Sender, visit: Visit, to: Address, accounts: Sequence[int]
    ) -> Denied | Reputation:
        """Count a recipient here of another host's message, and judge its source for it."""
        rates, peer = self._rates, sender.peer
        of = (rates.recipients_per_address, rates.recipients_per_network)
        over = self._count("recipients", peer, of) or self._count_sender(
            "recipients", sender, rates.recipients_per_sender
        )
        if over is not None:
            return limited(over)
        if not self._asks:
            return UNKNOWN
        reputation = await visit.reputation(sender.domain)
        if self.spf is not None and self.greylist.depends_on_spf(reputation):
            spf = await visit.spf(self.spf, sender.reverse_path)
            reputation = evolve(reputation, spf=spf)
        refuse = self._settings.repute.refuse_score
        refused = 0 < refuse <= reputation.score
        if not (refused or self.greylist.concerns(reputation)) or _open_to_all(to):
            return reputation
        if refused:
            return _listed(reputation)
        return await self.greylist.judge(sender, reputation, to, accounts)

    def unknown(self, peer: Peer) -> None:
        """A recipient that is not there was named (threat S5)."""
        rates = self._rates
        for (what, value), rate in zip(
            sources(peer), (rates.unknown_per_address, rates.unknown_per_network), strict=True
        ):
            self._meter.note(("unknown", what, value), rate)

    async def hold(self, errors: int) -> None:
        """Let a client that errs again and again wait for its answer."""
        longest = self._settings.repute.tarpit_seconds
        if errors > FREE_ERRORS and longest:
            await self.tarpit.hold(min(longest, 2.0 ** (errors - FREE_ERRORS - 1)))

    def tell(self, trace: str, peer: Peer, told: Event) -> None:
        """Add a sentence to a story that no transaction carries."""
        self.telling.tell(trace, peer, told)

    # Inside.

    @property
    def _asks(self) -> bool:
        settings = self._settings.repute
        return settings.greylist is not Greylisting.OFF or bool(settings.lists)

    def _count(self, what: str, peer: Peer, rates: tuple[Rate, Rate]) -> Over | None:
        over = None
        for (of, value), rate in zip(sources(peer), rates, strict=True):
            over = self._meter.count((what, of, value), rate, what, f"your {of}") or over
        return over

    def _count_sender(self, what: str, sender: Sender, rate: Rate) -> Over | None:
        # Of this network only: nobody uses up the share of an address that he forges.
        key = (what, "sender", sender.text, sender.peer.network)
        return self._meter.count(key, rate, what, "this sender") if sender.text else None

    def _met_unknown(self, peer: Peer) -> Over | None:
        rates = self._rates
        for (of, value), rate in zip(
            sources(peer), (rates.unknown_per_address, rates.unknown_per_network), strict=True
        ):
            met = self._meter.met(("unknown", of, value), rate, "unknown recipients", f"your {of}")
            if met is not None:
                return met
        return None


def _open_to_all(to: Address) -> bool:
    return to.canonical.without_subaddress.localpart in OPEN_TO_ALL


def _listed(reputation: Reputation) -> Denied:
    worst = max(reputation.listed, key=lambda entry: entry.score)
    words = f"{worst.about} is listed by {worst.zone}"
    return Denied("listed", 550, "5.7.1", f"{words}: {worst.words}" if worst.words else words)
