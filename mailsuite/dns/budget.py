"""How much one message may make us ask (threat D5): questions, and the time for all of them.

SPF, DKIM, DMARC, DNS lists and iprev ask through the one budget of their message. What the cache
knows costs nothing.
"""

from collections.abc import Callable
from typing import Any, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from mailsuite.dns.answers import Answer, TemporaryFailure

QUESTIONS = 60
SECONDS = 8.0  # of the ten within which the end of data is answered


class TooManyQuestions(TemporaryFailure):
    """The budget is used up. Whoever defers mail should know: the next try asks as much again."""


class Asks(Protocol):
    """What questions go to (`mailsuite.dns.client.Dns`)."""

    def knows(self, name: str, kind: str) -> bool:
        """Whether the cache has the outcome."""
        ...

    async def query(self, name: str, kind: str) -> Answer:
        """Ask. Raises `mailsuite.dns.answers.NoAnswer`."""
        ...


@define(eq=False)
class Budget:
    """What one message may still ask. `query` is that of `Dns`; hand it on in its place.

    Args:
        reactor: for the time (`callLater`, `seconds`); a `Clock` in tests.
        spent: called for each question that goes out: who counts them by source. False: no more
            from there for now.
    """

    dns: Asks
    reactor: Any
    questions: int = QUESTIONS
    seconds: float = SECONDS  # from the first question on, for all of them
    spent: Callable[[], bool] = lambda: True
    asked: int = field(default=0, init=False)
    _until: float | None = field(default=None, init=False)  # set with the first question

    async def query(self, name: str, kind: str) -> Answer:
        """The records of a name and type.

        Raises:
            TooManyQuestions: nothing was asked.
            NoSuchName, NoSuchRecord, TemporaryFailure: as `Dns.query`; also the last when the
                time is over: what was asked goes on, and its answer is kept for the next try.
        """
        if self.dns.knows(name, kind):
            return await self.dns.query(name, kind)
        if self.asked >= self.questions:
            raise TooManyQuestions(f"{name} {kind}: {self.questions} questions were asked already")
        self.asked += 1
        if not self.spent():
            raise TemporaryFailure(f"{name} {kind}: too many questions for one source")
        return await self._in_time(name, kind)

    def begin(self) -> None:
        """A pause that was not ours is over (the client sent its text): the time begins anew."""
        self._until = None

    async def _in_time(self, name: str, kind: str) -> Answer:
        now = self.reactor.seconds()
        if self._until is None:
            self._until = now + self.seconds
        left = self._until - now
        if left <= 0:
            raise TemporaryFailure(f"{name} {kind}: the time for questions is over")
        asking = Deferred.fromCoroutine(self.dns.query(name, kind))
        if asking.called:
            return await asking
        # Not cancelled when late: others may wait for the same answer.
        outcome: Deferred[Answer] = Deferred()
        timer = self.reactor.callLater(left, _late, outcome, f"{name} {kind}")
        asking.addCallbacks(_given(outcome), _failed(outcome))
        try:
            return await outcome
        finally:
            if timer.active():
                timer.cancel()


def _late(outcome: Deferred[Answer], words: str) -> None:
    outcome.errback(TemporaryFailure(f"{words}: no answer in time"))


def _given(outcome: Deferred[Answer]) -> Callable[[Answer], None]:
    def give(answer: Answer) -> None:
        if not outcome.called:
            outcome.callback(answer)

    return give


def _failed(outcome: Deferred[Answer]) -> Callable[[Failure], None]:
    def fail(failure: Failure) -> None:
        if not outcome.called:
            outcome.errback(failure)

    return fail
