"""One message makes us ask so much, for so long (threat D5)."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.dns.answers import Answer, TemporaryFailure
from mailsuite.dns.budget import QUESTIONS, Budget, TooManyQuestions
from tests.repute.conftest import now

ANSWER = Answer("a.test", "a.test", ("192.0.2.1",), 60)


class Resolver:
    """Answers at once, or when `late` fires; knows what stands in `cached`."""

    def __init__(self) -> None:
        self.asked = 0
        self.cached: set[str] = set()
        self.late: Deferred[Answer] | None = None

    def knows(self, name: str, kind: str) -> bool:
        return name in self.cached

    async def query(self, name: str, kind: str) -> Answer:
        self.asked += 1
        return ANSWER if self.late is None else await self.late


@pytest.mark.threat("D5")
def test_the_sixty_first_question_is_not_asked_and_the_cache_is_free() -> None:
    resolver = Resolver()
    budget = Budget(resolver, Clock())
    for n in range(QUESTIONS):
        assert now(budget.query(f"{n}.test", "A")) is ANSWER
    with pytest.raises(TooManyQuestions):
        now(budget.query("more.test", "A"))
    assert resolver.asked == QUESTIONS == 60
    resolver.cached.add("known.test")
    assert now(budget.query("known.test", "A")) is ANSWER


@pytest.mark.threat("S8")
def test_all_questions_together_have_so_much_time() -> None:
    resolver, clock = Resolver(), Clock()
    budget = Budget(resolver, clock, seconds=8.0)
    resolver.late = Deferred()
    got: list[object] = []
    for _ in range(2):
        Deferred.fromCoroutine(budget.query("slow.test", "A")).addBoth(got.append)
        clock.advance(3)
    assert got == []
    clock.advance(2)
    assert [each.type for each in got] == [TemporaryFailure] * 2  # type: ignore[attr-defined]
    with pytest.raises(TemporaryFailure):
        now(budget.query("next.test", "A"))
    resolver.late.callback(ANSWER)  # what comes late is kept by the cache, and hurts nobody
    assert len(got) == 2
    resolver.late = None
    budget.begin()
    assert now(budget.query("next.test", "A")) is ANSWER


def test_what_comes_in_time_is_given() -> None:
    resolver, clock = Resolver(), Clock()
    resolver.late = Deferred()
    got: list[object] = []
    Deferred.fromCoroutine(Budget(resolver, clock).query("a.test", "A")).addBoth(got.append)
    resolver.late.callback(ANSWER)
    assert got == [ANSWER]
    assert clock.getDelayedCalls() == []
