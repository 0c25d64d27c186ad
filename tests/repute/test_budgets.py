"""What the mail of one network may make us ask (threat D5)."""

import pytest
from twisted.internet.task import Clock

from mailsuite.dns.answers import NoSuchName, TemporaryFailure
from mailsuite.repute.budgets import Budgets
from mailsuite.repute.rates import Meter
from mailsuite.wire.link import Peer
from mailsuite.wire.tallies import HOUR, LocalTallies
from tests.repute.conftest import Zone, now


@pytest.mark.threat("D5")
def test_a_network_has_its_share_of_questions() -> None:
    clock, zone = Clock(), Zone()
    budgets = Budgets(zone, clock, Meter(LocalTallies(clock.seconds)), ((HOUR, 3),))
    for n in range(3):
        with pytest.raises(NoSuchName):
            now(budgets.of(Peer(f"192.0.2.{n}")).query("a.test", "A"))
    with pytest.raises(TemporaryFailure):
        now(budgets.of(Peer("192.0.2.9")).query("a.test", "A"))
    with pytest.raises(NoSuchName):
        now(budgets.of(Peer("198.51.100.9")).query("a.test", "A"))
    assert len(zone.asked) == 4
