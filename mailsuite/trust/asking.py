"""Questions of one message, several at a time; and whether its budget was used up."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from attrs import define
from twisted.internet.defer import Deferred

from mailsuite.dns.answers import Answer
from mailsuite.dns.budget import TooManyQuestions
from mailsuite.trust.ports import Asks

T = TypeVar("T")


@define
class Questions:
    """Passes questions on. What asks too much is not deferred: it would ask as much again."""

    asks: Asks
    are_too_many: bool = False

    async def query(self, name: str, kind: str) -> Answer:
        """As `Asks.query`."""
        try:
            return await self.asks.query(name, kind)
        except TooManyQuestions:
            self.are_too_many = True
            raise


def begun(work: Coroutine[Any, Any, T]) -> Deferred[T]:
    """Start it now; whoever awaits it later waits for no more than is left.

    What is started must not raise: nobody might be there to hear it.
    """
    return Deferred.fromCoroutine(work)
