"""The queue's rows: leased fairly, settled once, gone when all is told; whatever statement fails."""

import pytest

from mailsuite.store.delivery import Delivery, Onward, OnwardRecipient, deliver
from mailsuite.store.events import read_story
from mailsuite.store.opening import Store
from mailsuite.store.queue import (
    DELIVERED,
    FAILED,
    WAITING,
    Outcome,
    Room,
    expire_overdue,
    forget_leases,
    give_back,
    lease_due,
    lease_oldest,
    mark_reported,
    mark_warned,
    next_due,
    read_delayed,
    read_ended,
    read_unreported,
    renew_leases,
    take_entry,
)
from mailsuite.store.queue_settling import settle
from mailsuite.store.schema import blob, queue_message, queue_recipient
from tests.store.failing import fails_cleanly
from tests.store.letters import content, done, rows

NOW = 1_800_000_000
ROOM = Room(100, 50)


def queued(
    store: Store, *addresses: str, expires: int = NOW + 1000, next_try: int | None = None
) -> int:
    people = tuple(OnwardRecipient(a, a.partition("@")[2]) for a in addresses)
    onward = Onward(people, expires, "ann@us.test", next_try=next_try)
    delivery = Delivery(content(f"to {addresses}\r\n", store.large), (), (onward,), "trace-1")
    return int(done(store.writer.run(deliver, delivery)).queued[0])


def leased(
    store: Store, owner: str = "me", busy: tuple[str, ...] = (), room: Room = ROOM
) -> list[tuple[int, list[int]]]:
    found = done(store.writer.run(lease_due, owner, NOW + 100, busy, room))
    return [(entry.id, [r.n for r in entry.recipients]) for entry in found]


def test_what_is_due_is_leased_once(store: Store) -> None:
    one = queued(store, "a@a.test", "b@b.test", "c@a.test")
    queued(store, "a@a.test", next_try=NOW + 1)
    assert sorted(leased(store)) == [(one, [0, 2]), (one, [1])]
    assert leased(store, "other") == []
    assert done(store.readers.run(next_due, NOW)) == NOW + 1


@pytest.mark.threat("S19")
def test_no_domain_gets_more_than_its_share(store: Store) -> None:
    for _ in range(5):
        queued(store, "a@flood.test")
    last = queued(store, "a@small.test")
    found = leased(store, room=Room(10, 2))
    assert len(found) == 3
    assert (last, [0]) in found
    assert leased(store, busy=("flood.test",)) == []
    assert len(leased(store, room=Room(1, 2))) == 2


def test_a_smarthosts_lease_keeps_a_messages_recipients_together(store: Store) -> None:
    one = queued(store, "a@a.test", "b@b.test")
    found = done(store.writer.run(lease_oldest, "me", NOW + 100, 10))
    assert [(entry.id, len(entry.recipients)) for entry in found] == [(one, 2)]


def test_leases_of_the_dead_end_and_those_of_the_living_stay(store: Store) -> None:
    one = queued(store, "a@a.test")
    leased(store, "dead")
    assert done(store.writer.run(forget_leases, ["dead"])) == 0
    assert leased(store) == []
    assert done(store.writer.run(forget_leases, [])) == 1
    assert leased(store) == [(one, [0])]


def test_a_lease_can_be_given_back_and_renewed_by_its_owner_only(store: Store) -> None:
    one = queued(store, "a@a.test")
    leased(store)
    done(store.writer.run(give_back, "other", one, [0]))
    done(store.writer.run(renew_leases, "me", NOW + 500, [one]))
    assert [row.lease_until for row in rows(store, queue_recipient)] == [NOW + 500]
    done(store.writer.run(give_back, "me", one, [0]))
    assert leased(store) == [(one, [0])]


@pytest.mark.threat("S13")
def test_what_is_tried_at_another_host_stays_leased(store: Store) -> None:
    """A message for two domains: one of them being busy does not send it twice to the other."""
    one = queued(store, "a@a.test", "b@b.test")
    assert sorted(leased(store)) == [(one, [0]), (one, [1])]
    done(store.writer.run(give_back, "me", one, [1]))
    assert leased(store) == [(one, [1])]


@pytest.mark.threat("S13")
def test_an_outcome_counts_once_and_for_the_leases_owner_only(store: Store) -> None:
    one = queued(store, "a@a.test", "b@a.test")
    leased(store)
    outcomes = [
        Outcome(0, DELIVERED, "250 ok", "mx", tls="TLSv1.3"),
        Outcome(1, WAITING, "450 no", "mx", NOW + 9),
    ]
    assert done(store.writer.run(settle, "other", one, outcomes)) == []
    assert done(store.writer.run(settle, "me", one, outcomes)) == [0, 1]
    assert done(store.writer.run(settle, "me", one, outcomes)) == []
    first, second = rows(store, queue_recipient)
    assert (first.state, first.finished, first.last_reply) == (DELIVERED, NOW, "250 ok")
    assert (second.state, second.next_try, second.tries) == (WAITING, NOW + 9, 1)
    story = [(told.kind, told.words) for told in done(store.readers.run(read_story, "trace-1"))]
    assert story == [
        ("delivered", "a@a.test: 250 ok (TLSv1.3)"),
        ("tried", "b@a.test: 450 no (in clear)"),
    ]


def test_the_body_goes_when_the_last_recipient_is_finished(store: Store) -> None:
    one = queued(store, "a@a.test", "b@a.test")
    leased(store)
    outcomes = [Outcome(0, DELIVERED), Outcome(1, FAILED, "550 no", report=True)]
    done(store.writer.run(settle, "me", one, outcomes))
    assert [row.refs for row in rows(store, blob)] == [1]
    (entry,) = done(store.readers.run(read_unreported))
    assert [r.n for r in entry.recipients] == [1]
    assert done(store.readers.run(read_ended, one)) == [entry]
    done(store.writer.run(mark_reported, one, [1]))
    assert rows(store, queue_message) == rows(store, queue_recipient) == []
    assert [row.refs for row in rows(store, blob)] == [0]


def test_what_waited_too_long_ends_unless_it_is_being_tried(store: Store) -> None:
    queued(store, "a@a.test", expires=NOW)
    tried = queued(store, "b@b.test", expires=NOW)
    leased(store, busy=("a.test",))
    assert done(store.writer.run(expire_overdue)) == 1
    states = {row.queue_id: row.state for row in rows(store, queue_recipient)}
    assert states.pop(tried) == WAITING
    assert list(states.values()) == ["expired"]


def test_a_long_wait_is_told_once(store: Store) -> None:
    one = queued(store, "a@a.test", "b@a.test")
    assert done(store.readers.run(read_delayed, NOW - 1)) == []
    (entry,) = done(store.readers.run(read_delayed, NOW))
    done(store.writer.run(mark_warned, one, [r.n for r in entry.recipients]))
    assert done(store.readers.run(read_delayed, NOW)) == []


@pytest.mark.parametrize(
    "case", ["lease", "oldest", "settle", "report", "warn", "expire", "take", "forget"]
)
def test_with_any_statement_failing_it_is_as_before(store: Store, case: str) -> None:
    one = queued(store, "a@a.test", "b@a.test", "c@b.test", expires=NOW)
    if case == "lease":
        assert len(fails_cleanly(store, lease_due, "me", NOW + 9, [], ROOM)) == 2
    elif case == "oldest":
        assert len(fails_cleanly(store, lease_oldest, "me", NOW + 9, 9)) == 1
    elif case == "expire":
        assert fails_cleanly(store, expire_overdue) == 3
    elif case == "take":
        assert fails_cleanly(store, take_entry, one)
    elif case == "warn":
        fails_cleanly(store, mark_warned, one, [0, 1])
    else:
        leased(store)
        outcomes = [Outcome(n, FAILED, report=case == "report") for n in range(3)]
        if case == "forget":
            assert fails_cleanly(store, forget_leases, []) == 3
        elif case == "settle":
            assert fails_cleanly(store, settle, "me", one, outcomes) == [0, 1, 2]
            assert rows(store, queue_message) == []
        else:
            done(store.writer.run(settle, "me", one, outcomes))
            fails_cleanly(store, mark_reported, one, [0, 1, 2])
            assert rows(store, queue_message) == []
