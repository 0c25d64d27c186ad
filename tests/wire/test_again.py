"""Work that is done again and again."""

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from mailsuite.wire.again import Again


def test_a_pause_begins_when_the_work_has_ended() -> None:
    clock = Clock()
    works: list[Deferred[None]] = []

    async def work() -> None:
        works.append(Deferred())
        await works[-1]

    again = Again(clock, "it", work, every=10, first=1)
    again.start()
    clock.advance(1)
    clock.advance(100)
    assert len(works) == 1
    works[0].callback(None)
    clock.pump([9, 1])
    assert len(works) == 2
    again.stop()
    works[1].callback(None)
    assert clock.getDelayedCalls() == []
    assert again.stopped


def test_what_fails_is_told_and_tried_again() -> None:
    clock = Clock()
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        raise ValueError("no")

    again = Again(clock, "sweeping", work, every=5)
    with capturedLogs() as logged:
        again.start()
        clock.pump([5, 5, 5])
    assert len(tries) == 3
    assert [event["what"] for event in logged] == ["sweeping"] * 3
    again.stop()
    assert clock.getDelayedCalls() == []
