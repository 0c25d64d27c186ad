"""The end of a turn: answers leave first, and what is written down about them comes after."""

from collections.abc import Callable

from twisted.internet.task import Clock

from mailsuite.wire.shared import Turn


class Reactor(Clock):
    """A clock whose threads bring their results when they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.brought: list[tuple[Callable[..., object], tuple[object, ...]]] = []

    def callFromThread(self, called, *args):  # noqa: N802 - Twisted's name
        self.brought.append((called, args))

    def bring(self) -> None:
        brought, self.brought = self.brought, []
        for called, args in brought:
            called(*args)


class Connection:
    """Says when it was flushed."""

    def __init__(self, said: list[str], name: str = "flushed") -> None:
        self.flush = lambda: said.append(name)


def test_what_a_thread_brings_leaves_at_once_and_is_told_of_afterwards() -> None:
    reactor = Reactor()
    said: list[str] = []
    turn = Turn(reactor)

    def result(name: str) -> None:
        turn.afterwards(lambda: said.append("told"))
        turn.soon(Connection(said))
        said.append(name)

    turn.callFromThread(result, "stored")
    assert said == []
    reactor.bring()
    assert said == ["stored", "flushed", "told"]
    assert not reactor.getDelayedCalls(), "the turn has ended: nothing is left to do"


def test_one_delayed_call_ends_any_other_turn() -> None:
    reactor = Reactor()
    said: list[str] = []
    turn = Turn(reactor)
    for name in ("a", "b"):
        turn.afterwards(lambda: said.append("told"))
        turn.soon(Connection(said, name))
    assert (said, len(reactor.getDelayedCalls())) == ([], 1)
    reactor.advance(0)
    assert said == ["a", "b", "told", "told"]
    turn.soon(Connection(said, "next"))
    reactor.advance(0)
    assert said[-1] == "next"


def test_a_result_that_breaks_holds_up_no_other() -> None:
    reactor = Reactor()
    said: list[str] = []
    turn = Turn(reactor)

    def broken() -> None:
        turn.soon(Connection(said))
        raise ZeroDivisionError

    turn.callFromThread(broken)
    try:
        reactor.bring()
    except ZeroDivisionError:
        said.append("raised")
    assert said == ["flushed", "raised"]
    turn.soon(Connection(said, "later"))
    reactor.advance(0)
    assert said[-1] == "later"


def test_what_is_flushed_may_write_again() -> None:
    reactor = Reactor()
    said: list[str] = []
    turn = Turn(reactor)

    class Again:
        def flush(self) -> None:
            said.append("first")
            turn.soon(Connection(said, "second"))

    turn.soon(Again())
    reactor.advance(0)
    reactor.advance(0)
    assert said == ["first", "second"]
