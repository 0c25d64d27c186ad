"""What was answered is written before the next letter ends, and counts once."""

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from mailsuite.errors import Unavailable
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.opening import Store
from mailsuite.store.queue_settling import settle
from mailsuite.store.suppressions import find_suppressed
from tests.relay.world import HOUR, World
from tests.store.letters import done as fired


@pytest.mark.threat("S13")
def test_the_next_letter_does_not_end_before_the_last_one_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its MAIL, RCPT and DATA are on their way; its end waits, so one letter is in doubt."""
    sink = world.host("there.test")
    run = world.store.writer.run
    held: list[Deferred[None]] = []

    def slow(function: Any, *arguments: Any) -> Any:
        if function is not settle:
            return run(function, *arguments)
        held.append(Deferred())
        return held[-1].addCallback(lambda _: run(function, *arguments))

    monkeypatch.setattr(world.store.writer, "run", slow)
    for name in ("a", "b", "c"):
        world.queue(f"{name}@there.test")
    world.start()
    for count in (1, 2, 3):
        assert len(sink.mails) == count
        assert sink.verbs.count("DATA") == min(count + 1, 3)
        assert len(held) == count
        held[-1].callback(None)
    assert world.entries() == []


@pytest.mark.threat("S13")
def test_an_outcome_that_cannot_be_written_ends_the_connection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter that was on its way never ends; both are due again, as they were."""
    sink = world.host("there.test")
    run, broken = world.store.writer.run, [True]

    def refused(function: Any, *arguments: Any) -> Any:
        if function is settle and broken.pop() if broken else False:
            raise Unavailable
        return run(function, *arguments)

    monkeypatch.setattr(world.store.writer, "run", refused)
    for name in ("a", "b"):
        world.queue(f"{name}@there.test")
    world.start()
    assert len(sink.mails) == 1
    assert world.states() == ["waiting", "waiting"]
    world.pass_time(HOUR)
    assert [len(sink.mails), world.entries()] == [3, []]


@pytest.mark.parametrize("seconds", [0, 1_000])
def test_a_host_that_knows_no_such_mailbox_is_believed_for_a_while(
    store: Store, seconds: int
) -> None:
    world = World(store, RelaySettings("us.test", suppress_bounced=seconds))
    sink = world.host("there.test")
    answers = {b"gone": b"550 5.1.1 no such user\r\n", b"spam": b"550 5.7.1 policy\r\n"}
    sink.say("RCPT", lambda line: answers.get(line[9:13], b"250 ok\r\n"))
    world.start()
    for _ in range(2):
        world.queue("gone@there.test", "spam@there.test", "bob@there.test")
    asked = [command for command in sink.commands if b"gone" in command]
    assert len(asked) == (1 if seconds else 2)
    assert len([c for c in sink.commands if b"spam" in c]) == 2
    assert len(sink.mails) == 2
    assert len(world.intake.reports) == 2
    if seconds:
        assert b"sends nothing to that address" in world.intake.reports[-1][1]
        world.pass_time(seconds + 1)
        assert fired(store.readers.run(find_suppressed, ["gone@there.test"])) == {}
