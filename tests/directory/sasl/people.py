"""Exchanges, stepped until they end."""

from collections.abc import Coroutine
from typing import Any

from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.sasl.exchange import Exchange

ANN = Account(1, "ann@example.test", "user", 1)


def now(running: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives or raises, that waits for nothing."""
    try:
        running.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it waits")


class Checks:
    """Lets everybody in, and keeps what they gave."""

    def __init__(self) -> None:
        self.given: list[Credentials] = []

    async def __call__(self, given: Credentials) -> Account:
        self.given.append(given)
        return ANN


def stepped(exchange: Exchange, *responses: bytes) -> bytes | Account:
    """The answer to the last of these responses."""
    answers = [now(exchange.step(response)) for response in responses]
    answer: bytes | Account = answers[-1]
    return answer
