"""The queue from end to end, with a clock and no socket."""

from typing import Any

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred, fail

from mailsuite.dns.answers import TemporaryFailure
from mailsuite.errors import Unavailable
from mailsuite.relay.relay import BATCH, SWEEP_SECONDS
from mailsuite.relay.settings import RelaySettings, Smarthost
from mailsuite.store.opening import Store
from mailsuite.store.queue import Room, lease_due
from mailsuite.store.queue_settling import settle
from mailsuite.store.schema import blob, queue_recipient
from tests.relay.sink import HANG_UP, Sink, done
from tests.relay.world import BODY, DAY, HOUR, START, World, with_limits
from tests.store.letters import done as fired
from tests.store.letters import rows


def test_a_message_leaves_at_once_and_its_entry_with_it(world: World) -> None:
    sink = world.host("there.test")
    world.start()
    world.queue("bob@there.test")
    (mail,) = sink.mails
    assert mail.octets == b"Received: by us.test\r\n" + BODY
    assert world.entries() == []
    assert [row.refs for row in rows(world.store, blob)] == [0]
    assert world.intake.reports == []


def test_what_waited_before_the_start_leaves_at_the_start(world: World) -> None:
    sink = world.host("there.test")
    world.queue("bob@there.test")
    assert sink.mails == []
    world.start()
    assert len(sink.mails) == 1


def test_one_message_for_many_domains_goes_once_to_each(world: World) -> None:
    first, second = world.host("a.test", "8.8.8.1"), world.host("b.test", "8.8.8.2")
    world.start()
    world.queue("x@a.test", "y@a.test", "z@b.test")
    assert [len(mail.recipients) for mail in first.mails] == [2]
    assert [len(mail.recipients) for mail in second.mails] == [1]


def test_many_messages_share_connections_of_a_hundred(store: Store) -> None:
    world = World(store, with_limits(RelaySettings("us.test"), relay_messages_per_connection=20))
    sink = world.host("there.test")
    for _ in range(50):
        world.queue("bob@there.test")
    world.start()
    assert len(sink.mails) == 50
    assert sink.connections == 3


def test_a_host_that_is_down_gets_it_later(world: World) -> None:
    world.dns.host("there.test", "8.8.8.8")
    world.start()
    world.queue("bob@there.test")
    (entry,) = world.entries()
    (recipient,) = entry.recipients
    assert (recipient.state, recipient.tries, recipient.leased) == ("waiting", 1, False)
    assert "cannot connect" in recipient.last_reply
    assert START + 270 <= recipient.next_try <= START + 330
    sink = world.host("there.test")
    world.pass_time(400)
    assert len(sink.mails) == 1
    assert world.entries() == []


def test_what_comes_due_while_the_queue_is_looked_at_is_not_forgotten(world: World) -> None:
    """The clock goes on between the look at what is due and the question when to look again."""
    sink = world.host("there.test")
    sink.say("MAIL", b"451 4.3.0 later\r\n")
    world.start()
    world.queue("bob@there.test")
    sink.say("MAIL", b"250 ok\r\n")
    look = world.relay._lease

    async def slowly() -> Any:
        found = await look()
        world.clock.rightNow += HOUR
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world.relay, "_lease", slowly)
        world.relay.wake()
    world.clock.advance(1)
    assert len(sink.mails) == 1


def test_retries_follow_the_schedule_until_it_expires_with_one_report(world: World) -> None:
    world.dns.host("there.test", "8.8.8.8")
    world.start()
    world.queue("bob@there.test", expire=1 * DAY)
    world.pass_time(DAY + HOUR, step=120)
    # 5, 15, 30 minutes and then each hour, with jitter.
    assert 20 <= len(world.sender.tried) <= 29
    assert world.entries() == []
    delayed, failed = world.intake.reports
    assert b"Action: delayed" in delayed[1]
    assert b"Action: failed" in failed[1]
    assert failed[0] == "ann@us.test"


def test_a_domain_that_does_not_exist_bounces_and_a_silent_dns_waits(world: World) -> None:
    world.dns.records["silent.test", "MX"] = TemporaryFailure
    world.start()
    world.queue("bob@nowhere.test")
    world.queue("bob@silent.test")
    assert len(world.intake.reports) == 1
    assert b"5.1.2" in world.intake.reports[0][1]
    assert world.states() == ["waiting"]


@pytest.mark.threat("S19")
def test_a_dead_domain_with_a_long_queue_does_not_delay_another(world: World) -> None:
    """Its hosts do not even refuse: connections to them hang, while others' mail goes on."""
    world.dns.host("dead.test", "8.8.8.9")
    world.sender.hanging["8.8.8.9"] = Deferred()
    for _ in range(300):
        world.queue("bob@dead.test")
    sink = world.host("there.test")
    world.start()
    world.queue("bob@there.test")
    assert len(sink.mails) == 1
    assert world.sender.tried.count("8.8.8.9") == 1
    world.sender.hanging.pop("8.8.8.9").callback(None)
    # One batch was tried and has failed: the others cost no attempt until the pause is over.
    assert world.sender.tried.count("8.8.8.9") == 1
    assert len([e for e in world.entries() if e.recipients[0].tries]) == BATCH
    world.pass_time(100)
    world.queue("carl@there.test")
    assert len(sink.mails) == 2


@pytest.mark.threat("S19")
def test_many_dead_domains_leave_connections_for_others(store: Store) -> None:
    world = World(store, with_limits(RelaySettings("us.test"), relay_connections=10))
    for n in range(30):
        world.dns.host(f"d{n}.test", f"8.8.4.{n}")
        world.queue(f"bob@d{n}.test")
    world.start()  # each fails once
    for n in range(30):
        world.sender.hanging[f"8.8.4.{n}"] = Deferred()
    world.pass_time(400)  # and now they hang
    assert world.relay.destinations.running == 5
    sink = world.host("there.test")
    world.queue("bob@there.test")
    assert len(sink.mails) == 1


@pytest.mark.threat("S13")
def test_a_refusal_is_not_tried_again_at_a_second_host(world: World) -> None:
    world.host("there.test", "8.8.8.1").say("RCPT", b"550 5.1.1 no\r\n")
    world.dns.records["mx.there.test", "A"] = ("8.8.8.1", "8.8.8.1")
    world.start()
    world.queue("bob@there.test")
    assert len(world.sender.tried) == 1
    assert len(world.intake.reports) == 1


def test_the_next_host_is_tried_when_one_is_down(world: World) -> None:
    sink = world.host("there.test", "8.8.8.2")
    world.dns.records["mx.there.test", "A"] = ("8.8.8.1", "8.8.8.2")
    world.dns.records["mx.there.test", "AAAA"] = ("2606::1",)
    world.start()
    world.queue("bob@there.test")
    assert len(sink.mails) == 1
    assert set(world.sender.tried) - {"8.8.8.1", "2606::1"} == {"8.8.8.2"}


def test_a_connection_that_was_closed_between_two_letters_is_opened_again(world: World) -> None:
    sink = world.host("there.test")
    sink.say("MAIL", b"250 ok\r\n", HANG_UP, b"250 ok\r\n")
    sink.say("RCPT", b"250 ok\r\n")
    sink.say("DATA", b"451 4.3.0 later\r\n")
    for _ in range(2):
        world.queue("bob@there.test")
    world.start()
    assert sink.connections == 2
    assert [r.last_reply for e in world.entries() for r in e.recipients] == ["451 4.3.0 later"] * 2


@pytest.mark.threat("S13")
def test_a_crash_after_the_reply_doubles_that_message_at_most(world: World) -> None:
    """What was leased by a process that died is sent by the next one; nothing is lost."""
    sink = world.host("there.test")
    world.queue("bob@there.test", "carl@there.test")
    run = world.store.writer.run
    now = int(world.clock.seconds())
    (leased,) = fired(run(lease_due, "dead", now + HOUR, [], Room(10, 50)))
    assert len(leased.recipients) == 2
    world.start()
    assert len(sink.mails) == 1
    # The dead one's outcome, had it come late, would count for nobody.
    assert fired(run(settle, "dead", leased.id, [])) == []
    assert world.entries() == []


@pytest.mark.threat("S13")
@pytest.mark.parametrize("smarthost", [False, True])
def test_killed_between_the_hosts_250_and_the_commit_it_is_sent_again_and_told_once(
    store: Store, smarthost: bool
) -> None:
    """The one moment that may double a message: never does it lose one, or a report."""
    settings = RelaySettings("us.test")
    if smarthost:
        settings = evolve(settings, smarthost=Smarthost("8.8.8.8", 25))
    world = World(store, settings)
    sink = world.host("there.test")
    sink.say("RCPT", b"250 ok\r\n", b"550 5.1.1 no\r\n", b"250 ok\r\n", b"550 5.1.1 no\r\n")
    run = store.writer.run

    def killed(function: Any, *arguments: Any) -> Any:
        return Deferred() if function is settle else run(function, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.writer, "run", killed)
        world.start()
        world.queue("bob@there.test", "gone@there.test")
    assert len(sink.mails) == 1
    assert world.states() == ["waiting", "waiting"]
    assert world.intake.reports == []
    done(world.process("two").start())
    assert [mail.recipients for mail in sink.mails] == [[b"RCPT TO:<bob@there.test>"]] * 2
    assert world.entries() == []
    ((_, report),) = world.intake.reports
    assert b"gone@there.test" in report
    assert b"bob@there.test" not in report


def test_a_smarthost_gets_everything_in_as_few_messages(store: Store) -> None:
    settings = evolve(RelaySettings("us.test"), smarthost=Smarthost("10.0.0.1", 25))
    world = World(store, settings)
    sink = world.sender.sinks["10.0.0.1"] = Sink()
    world.start()
    world.queue("a@a.test", "b@b.test")
    assert [len(mail.recipients) for mail in sink.mails] == [2]
    assert world.dns.asked == []


def test_stopping_finishes_what_is_in_hand(world: World) -> None:
    world.dns.host("there.test", "8.8.8.9")
    hanging = world.sender.hanging["8.8.8.9"] = Deferred()
    world.start()
    world.queue("bob@there.test")
    world.queue("carl@there.test")
    stopping = Deferred.fromCoroutine(world.relay.stop())
    assert not stopping.called
    world.host("there.test", "8.8.8.9")
    hanging.callback(None)
    assert stopping.called
    assert [row.lease_owner for row in rows(world.store, queue_recipient)] in ([], [""])
    assert world.clock.getDelayedCalls() == []


def test_routes_beside_a_smarthost_have_connections_of_their_own(store: Store) -> None:
    routes = {"*.a.test": Smarthost("10.0.0.2", 25)}
    settings = evolve(RelaySettings("us.test"), smarthost=Smarthost("10.0.0.1", 25), routes=routes)
    world = World(store, settings)
    every = world.sender.sinks["10.0.0.1"] = Sink()
    other = world.sender.sinks["10.0.0.2"] = Sink()
    world.queue("x@b.test", "y@mail.a.test", "z@c.test")
    world.start()
    assert [len(mail.recipients) for mail in every.mails] == [2]
    assert [mail.recipients for mail in other.mails] == [[b"RCPT TO:<y@mail.a.test>"]]
    assert world.entries() == []


def test_a_connection_takes_more_while_it_is_good(world: World) -> None:
    sink = world.host("there.test")
    for _ in range(2 * BATCH + 5):
        world.queue("bob@there.test")
    world.start()
    assert len(sink.mails) == 2 * BATCH + 5
    assert sink.connections == 1


@pytest.mark.threat("S19")
def test_a_host_that_lets_one_stand_gets_all_over_that_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its refusal of a second connection is no failure: nothing is put off, nobody is told."""
    sink = world.host("there.test")
    sink.refused_after = 1
    count = BATCH + 5
    for _ in range(count):
        world.queue("bob@there.test")
    run, disk = world.store.writer.run, Deferred[None]()

    def slow(function: Any, *arguments: Any) -> Any:
        if function is not settle or disk.called:
            return run(function, *arguments)
        return disk.addCallback(lambda _: run(function, *arguments))

    monkeypatch.setattr(world.store.writer, "run", slow)
    world.start()
    # The first is taken; meanwhile another connection is tried.
    assert [len(sink.mails), sink.connections] == [1, 2]
    assert [r.tries for e in world.entries() for r in e.recipients] == [0] * count
    disk.callback(None)
    assert len(sink.mails) == count
    assert sink.connections == 2
    assert world.entries() == []
    assert world.relay.destinations.suspects() == []


def test_a_look_at_the_queue_that_fails_is_not_the_last(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sets no timer for the next one; a minute later there is one all the same."""
    sink = world.host("there.test")
    world.queue("bob@there.test")
    run = world.store.writer.run

    def full(function: Any, *arguments: Any) -> Any:
        return fail(Unavailable()) if function is lease_due else run(function, *arguments)

    monkeypatch.setattr(world.store.writer, "run", full)
    world.start()
    monkeypatch.setattr(world.store.writer, "run", run)
    assert sink.mails == []
    world.clock.advance(SWEEP_SECONDS)
    assert len(sink.mails) == 1
