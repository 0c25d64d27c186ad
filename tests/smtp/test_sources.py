"""Networks that behave badly and accounts that send much."""

from twisted.internet.task import Clock

from mailsuite.smtp.sources import OFFENCES, Rates, Sources
from mailsuite.wire.limits import Limits
from mailsuite.wire.tallies import LocalTallies


def test_a_network_that_offends_is_unwelcome_for_an_hour() -> None:
    clock = Clock()
    sources = Sources(LocalTallies(clock.seconds))
    for _ in range(OFFENCES):
        assert not sources.unwelcome("x")
        sources.offended("x")
    assert sources.unwelcome("x")
    assert not sources.unwelcome("y")
    clock.advance(3601)
    assert not sources.unwelcome("x")


def test_a_burst_a_minute_and_an_hour() -> None:
    """60 a minute with bursts of 100, and never more than the hour allows."""
    clock = Clock()
    rates = Rates(clock.seconds, Limits())
    assert sum(rates.allows(1) for _ in range(200)) == 100
    clock.advance(60)
    assert sum(rates.allows(1) for _ in range(200)) == 60
    few = Rates(clock.seconds, Limits(submissions_per_hour=150))
    sent = 0
    for _ in range(60):
        clock.advance(60)
        sent += sum(few.allows(1) for _ in range(100))
    assert 150 <= sent <= 300
