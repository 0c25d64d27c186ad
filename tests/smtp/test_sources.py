import pytest
from twisted.internet.task import Clock

from mailsuite.smtp.sources import OFFENCES, REMEMBERED, Rates, Sources
from mailsuite.wire.limits import Limits


@pytest.mark.threat("S17")
def test_what_is_remembered_is_bounded() -> None:
    clock = Clock()
    sources, rates = Sources(clock.seconds), Rates(clock.seconds, Limits())
    for n in range(REMEMBERED + 10):
        sources.offended(str(n))
        rates.allows(n)
    assert len(sources._offences) == len(rates._sent) == REMEMBERED
    for _ in range(OFFENCES):
        sources.offended("x")
    assert sources.unwelcome("x")
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
