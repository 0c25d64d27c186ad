"""Scheduled messages: nothing before their time, everything once then."""

import pytest
from attrs import define, evolve
from twisted.internet.task import Clock

from mailsuite.errors import StoreFull
from mailsuite.intake.envelope import Kind
from mailsuite.intake.releasing import Releases
from mailsuite.message.addresses import Address
from mailsuite.message.terms import Terms
from mailsuite.store.accounts import change_quota
from mailsuite.store.addresses import remove_alias
from mailsuite.store.queue_orders import fail_entry, remove_entry, retry_entry
from tests.intake.conftest import House, settled
from tests.store.letters import done

START = 1_800_000_000
LETTER = b"Subject: x\r\nBcc: you@example.test\r\n\r\nhello\r\n"
HELD = Terms(release_at=START + 3_600, hold="for;3600", priority=4)


@define
class Later:
    """A house whose clock is a test's, and what releases its messages."""

    house: House
    clock: Clock
    releases: Releases

    def schedule(self, *to: str) -> None:
        envelope = self.house.envelope(*to, sender="me@example.test")
        self.house.accept(self.house.source(Kind.SUBMISSION), evolve(envelope, terms=HELD), LETTER)

    def release(self, seconds: int = 0) -> None:
        self.clock.advance(seconds)
        settled(self.releases.release_due())

    def states(self) -> list[tuple[str, str]]:
        return [
            (r.address, r.state)
            for entry in self.house.queued()
            for r in entry.recipients
            if not r.finished
        ]


def _no_room() -> None:
    raise StoreFull


@pytest.fixture
def later(house: House) -> Later:
    clock = Clock()
    clock.advance(START)
    store = house.store
    store.clock = lambda: int(clock.seconds())
    store.writer._clock = store.readers._clock = store.clock
    return Later(house, clock, Releases(store, house.intake))


def test_it_waits_wherever_it_goes_and_arrives_at_its_time(later: Later) -> None:
    later.schedule("you@example.test", "far@elsewhere.example")
    later.release(3_599)
    assert later.house.stored() == []
    assert [state for _, state in later.states()] == ["scheduled", "scheduled"]
    later.release(1)
    octets = later.house.one()
    assert octets.endswith(b"Subject: x\r\n\r\nhello\r\n")
    assert octets.count(b"Received: ") == 1
    assert octets.startswith(b"Return-Path: <me@example.test>\r\nDelivered-To: you@example.test")
    assert later.states() == [("far@elsewhere.example", "waiting")]
    (entry,) = later.house.queued()
    assert (entry.terms.hold, entry.terms.release_at, entry.terms.priority) == ("for;3600", 0, 4)
    assert entry.expires == START + 3_600 + 5 * 86_400
    assert entry.account_id == later.house.me.id
    later.release(3_600)
    assert len(later.house.stored()) == 1


def test_an_account_counts_its_own(later: Later) -> None:
    later.schedule("you@example.test", "far@elsewhere.example")
    later.schedule("you@example.test")
    assert settled(later.house.intake.scheduled(later.house.me)) == 2
    other = evolve(later.house.me, id=later.house.me.id + 1)
    assert settled(later.house.intake.scheduled(other)) == 0


def test_it_goes_where_the_address_leads_then(later: Later) -> None:
    """Who was there at submission and is not any more is told of to the sender."""
    later.schedule("away@example.test", "you@example.test")
    done(later.house.store.writer.run(remove_alias, Address.parse("away@example.test")))
    later.release(3_600)
    assert len(later.house.stored()) == 1
    assert later.states() == [("away@example.test", "failed")]


def test_one_full_mailbox_keeps_it_from_nobody_else(later: Later) -> None:
    later.schedule("you@example.test", "me@example.test", "far@elsewhere.example")
    run = later.house.store.writer.run
    done(run(change_quota, Address.parse("you@example.test"), 1, None))
    later.release(3_600)
    assert [owner for owner, _ in later.house.stored()] == [later.house.me.id]
    assert later.states() == [
        ("you@example.test", "failed"),
        ("far@elsewhere.example", "waiting"),
    ]
    failed = later.house.queued()[0].recipients[0]
    assert failed.last_reply == "552 5.2.2 Mailbox is full"


def test_trouble_that_passes_is_waited_for(later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    later.schedule("you@example.test")
    with monkeypatch.context() as full:
        full.setattr(later.house.store.space, "admit", _no_room)
        later.release(3_600)
    assert later.states() == [("you@example.test", "scheduled")]
    later.release(59)
    assert later.house.stored() == []
    later.release(1)
    assert len(later.house.stored()) == 1
    assert later.states() == []


def test_the_operator_may_send_it_now_or_never(later: Later) -> None:
    for _ in range(3):
        later.schedule("you@example.test")
    now, failed, gone = (entry.id for entry in later.house.queued())
    run = later.house.store.writer.run
    assert done(run(retry_entry, now)) == 1
    assert done(run(fail_entry, failed, "554 5.7.0 no")) == 1
    done(run(remove_entry, gone))
    later.release()
    assert len(later.house.stored()) == 1
    assert later.states() == [("you@example.test", "failed")]
