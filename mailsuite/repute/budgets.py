"""Budgets of DNS questions: one a message, and a share for each network (threat D5)."""

from typing import Any

from attrs import define

from mailsuite.dns.budget import QUESTIONS, SECONDS, Asks, Budget
from mailsuite.repute.rates import Meter, Rate
from mailsuite.wire.link import Peer


@define
class Budgets:
    """Makes them.

    Args:
        rate: questions that the mail of one network may make us ask.
    """

    dns: Asks
    reactor: Any
    meter: Meter
    rate: Rate

    def of(self, peer: Peer, seconds: float = SECONDS) -> Budget:
        """A budget for one message from there."""
        key = ("questions", peer.network)

        def spent() -> bool:
            return self.meter.count(key, self.rate, "questions", "your network") is None

        return Budget(self.dns, self.reactor, QUESTIONS, seconds, spent)
