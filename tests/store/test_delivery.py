"""Deliver and append: all of it or nothing, counted right."""

import pytest
from sqlalchemy import func, select

from mailsuite.errors import NoSuchMailbox, NoSuchTarget, NoSuchUser, OverQuota
from mailsuite.store.delivery import (
    Append,
    Delivery,
    LocalCopy,
    Onward,
    OnwardRecipient,
    append,
    deliver,
    deliver_together,
)
from mailsuite.store.events import Event, read_story
from mailsuite.store.flags import DELETED, FLAGGED, SEEN, names_of, read_keywords
from mailsuite.store.opening import Store
from mailsuite.store.schema import (
    account,
    blob,
    mailbox,
    message,
    placement,
    queue_message,
    queue_recipient,
)
from mailsuite.store.transaction import Transaction
from tests.store.failing import fails_cleanly
from tests.store.letters import add_account, add_mailbox, content, done, letter, rows


@pytest.fixture
def ann(store: Store) -> int:
    return int(done(store.writer.run(add_account, "ann@example.test")))


@pytest.fixture
def bob(store: Store) -> int:
    return int(done(store.writer.run(add_account, "bob@example.test")))


def recount(tx: Transaction) -> None:
    """Counters equal what a recount gives."""
    counted = (
        select(
            mailbox.c.id,
            func.count(placement.c.uid),
            func.coalesce(func.sum(placement.c.size), 0),
            func.coalesce(func.sum(1 - placement.c.flags.op("&")(1)), 0),
            func.coalesce(func.sum(placement.c.flags.op("&")(8) / 8), 0),
        )
        .select_from(mailbox.outerjoin(placement, placement.c.mailbox_id == mailbox.c.id))
        .group_by(mailbox.c.id)
    )
    kept = select(
        mailbox.c.id, mailbox.c.messages, mailbox.c.octets, mailbox.c.unseen, mailbox.c.deleted
    )
    assert sorted(tx.execute(counted).tuples()) == sorted(tx.execute(kept).tuples())
    used = (
        select(
            account.c.id,
            func.coalesce(func.sum(mailbox.c.octets), 0),
            func.coalesce(func.sum(mailbox.c.messages), 0),
        )
        .select_from(account.outerjoin(mailbox, mailbox.c.account_id == account.c.id))
        .group_by(account.c.id)
    )
    told = select(account.c.id, account.c.used_octets, account.c.used_messages)
    assert sorted(tx.execute(used).tuples()) == sorted(tx.execute(told).tuples())
    referred = (
        select(blob.c.id, func.count(message.c.id))
        .select_from(blob.outerjoin(message, message.c.blob_id == blob.c.id))
        .group_by(blob.c.id)
    )
    queued = select(queue_message.c.blob_id, func.count()).group_by(queue_message.c.blob_id)
    waiting = dict(tx.execute(queued).tuples())
    refs = dict(tx.execute(select(blob.c.id, blob.c.refs)).tuples())
    counted_refs = dict(tx.execute(referred).tuples())
    assert refs == {i: n + waiting.get(i, 0) for i, n in counted_refs.items()}


def test_a_message_for_two_is_stored_once(store: Store, ann: int, bob: int) -> None:
    """One body, a message row and a placement for each, numbered from UID 1."""
    delivered = done(
        store.writer.run(deliver, letter(store, "Hello", ann, bob, prefix=b"X: 1\r\n"))
    )
    assert [(p.account_id, p.uid, p.modseq) for p in delivered.placed] == [(ann, 1, 2), (bob, 1, 2)]
    (body,) = rows(store, blob)
    assert (body.refs, body.size) == (2, 5)
    assert [p.size for p in rows(store, placement)] == [11, 11]
    again = done(store.writer.run(deliver, letter(store, "Hello", ann)))
    assert again.placed[0].uid == 2
    assert [row.refs for row in rows(store, blob)] == [3]
    done(store.readers.run(recount))


def test_the_pop3_id_does_not_come_from_the_clock(store: Store, ann: int) -> None:
    """Each placement's UIDL is its UIDVALIDITY and UID as one number."""
    placed = done(store.writer.run(deliver, letter(store, "Hello", ann))).placed[0]
    assert [row.uidl for row in rows(store, placement)] == [placed.uidvalidity << 32 | placed.uid]


def test_a_missing_mailbox_means_inbox(store: Store, ann: int) -> None:
    """Mail for `ann+lists` is not lost when she has no mailbox `lists`."""
    placed = done(store.writer.run(deliver, letter(store, "Hello", ann, mailbox="lists"))).placed
    assert [row.name for row in rows(store, mailbox) if row.id == placed[0].mailbox_id] == ["INBOX"]
    junk = done(store.writer.run(add_mailbox, ann, "lists"))
    placed = done(store.writer.run(deliver, letter(store, "Hello", ann, mailbox="lists"))).placed
    assert placed[0].mailbox_id == junk


def test_a_missing_mailbox_can_refuse(store: Store, ann: int) -> None:
    with pytest.raises(NoSuchMailbox):
        done(store.writer.run(deliver, letter(store, "Hello", ann, mailbox="gone", strict=True)))
    with pytest.raises(NoSuchUser):
        done(store.writer.run(deliver, letter(store, "Hello", 999)))
    assert rows(store, blob) == []


@pytest.mark.parametrize(
    ("quota", "sizes", "fit"),
    [(0, [50, 50], 2), (10, [10], 1), (10, [11], 0), (10, [10, 0], 1), (10, [9, 1], 2)],
)
def test_quota_in_octets(store: Store, quota: int, sizes: list[int], fit: int) -> None:
    """Up to the quota and not an octet more; a full account takes not even an empty message."""
    number = done(store.writer.run(add_account, "full@example.test", quota))
    for size in sizes[:fit]:
        done(store.writer.run(deliver, letter(store, "x" * size, number)))
    for size in sizes[fit:]:
        with pytest.raises(OverQuota):
            done(store.writer.run(deliver, letter(store, "x" * size, number)))
    assert len(rows(store, placement)) == fit
    done(store.readers.run(recount))


def test_quota_in_messages(store: Store, ann: int) -> None:
    number = done(store.writer.run(add_account, "few@example.test", 0, 1))
    done(store.writer.run(deliver, letter(store, "one", number)))
    with pytest.raises(OverQuota):
        done(store.writer.run(deliver, letter(store, "two", ann, number)))
    assert len(rows(store, placement)) == 1, "the other recipient's copy is not written either"


@pytest.mark.threat("K11")
def test_fifty_deliveries_at_once_never_pass_the_quota(store: Store, ann: int) -> None:
    """Check and use are one: a group counts what it has itself already given out."""
    number = done(store.writer.run(add_account, "full@example.test", 100))
    jobs = [(letter(store, "x" * 9, number),) for _ in range(50)]
    jobs += [(letter(store, "y" * 9, ann),)]

    def together(tx: Transaction) -> list[object]:
        return deliver_together(tx, jobs)

    results = done(store.writer.run(together))
    refused = [r for r in results if isinstance(r, OverQuota)]
    assert len(refused) == 50 - 100 // 9
    assert not isinstance(results[-1], OverQuota), "other accounts' mail goes on"
    done(store.readers.run(recount))
    assert [row.used_octets for row in rows(store, account)] == [9, 99]


def test_a_group_numbers_uids_in_order(store: Store, ann: int) -> None:
    """Three deliveries in one commit: UIDs 1, 2, 3 and one MODSEQ."""
    jobs = [(letter(store, f"{n}", ann),) for n in range(3)]

    def together(tx: Transaction) -> list[object]:
        return deliver_together(tx, jobs)

    placed = [r.placed[0] for r in done(store.writer.run(together))]
    assert [(p.uid, p.modseq) for p in placed] == [(1, 2), (2, 2), (3, 2)]
    assert [(row.uidnext, row.modseq, row.messages) for row in rows(store, mailbox)] == [(4, 2, 3)]


def test_what_goes_on_waits_in_the_queue(store: Store, ann: int) -> None:
    """A queue entry holds a reference of the body, and its recipients are due at once."""
    told: list[str] = []
    store.changes.on_queue(lambda: told.append("due"))
    onward = Onward(
        recipients=(
            OnwardRecipient("x@far.test", "far.test", "NEVER"),
            OnwardRecipient("y@far.test", "far.test"),
        ),
        expires=1_900_000_000,
        reverse_path="ann@example.test",
        prefix=b"Received: here\r\n",
        account_id=ann,
    )
    written = Delivery(content("Hello", store.large), onward=(onward,), trace="t1")
    (number,) = done(store.writer.run(deliver, written)).queued
    (entry,) = rows(store, queue_message)
    assert (entry.id, entry.size, entry.trace) == (number, 21, "t1")
    due = [(r.n, r.address, r.state, r.next_try) for r in rows(store, queue_recipient)]
    now = int(store.clock())
    assert due == [(0, "x@far.test", "waiting", now), (1, "y@far.test", "waiting", now)]
    assert [row.refs for row in rows(store, blob)] == [1]
    assert told == ["due"]


def test_the_story_is_told_in_order(store: Store, ann: int) -> None:
    events = (Event("accepted", "peer", "by SMTP"), Event("stored", "ann", "in INBOX\0" * 500))
    copies = (LocalCopy(ann),)
    written = Delivery(content("Hello", store.large), copies, trace="t1", events=events)
    done(store.writer.run(deliver, written))
    story = done(store.readers.run(read_story, "t1"))
    assert [(t.kind, t.who) for t in story] == [("accepted", "peer"), ("stored", "ann")]
    assert len(story[1].words) == 1000
    assert "\0" not in story[1].words


def test_the_mailbox_is_announced(store: Store, ann: int) -> None:
    told: list[int] = []
    store.changes.on_mailbox(rows(store, mailbox)[0].id, told.append)
    done(store.writer.run(deliver, letter(store, "Hello", ann)))
    assert told == [2]


def test_append_keeps_flags_keywords_and_dates(store: Store, ann: int) -> None:
    """What a client appends is what it finds, in the order in which it came."""
    into = rows(store, mailbox)[0].id
    items = (
        Append(content("one", store.large), SEEN | DELETED, ("$Forwarded", "Work"), 5),
        Append(content("two", store.large), FLAGGED, ("work",)),
    )
    appended = done(store.writer.run(append, into, items))
    assert appended.uids == (1, 2)
    known = done(store.readers.run(read_keywords, into))
    first, second = rows(store, placement)
    assert names_of(first.flags, known) == ["\\Seen", "\\Deleted", "$Forwarded", "Work"]
    assert names_of(second.flags, known) == ["\\Flagged", "Work"]
    assert (first.internal_date, second.internal_date) == (5, int(store.clock()))
    done(store.readers.run(recount))


def test_append_is_all_or_nothing(store: Store) -> None:
    number = done(store.writer.run(add_account, "full@example.test", 10))
    into = rows(store, mailbox)[0].id
    items = [Append(content(octets, store.large)) for octets in ("12345", "123456")]
    with pytest.raises(OverQuota):
        done(store.writer.run(append, into, items))
    assert rows(store, placement) == []
    assert [row.used_octets for row in rows(store, account) if row.id == number] == [0]
    with pytest.raises(NoSuchTarget):
        done(store.writer.run(append, 999, items))


def test_a_statement_that_fails_leaves_nothing(store: Store, ann: int, bob: int) -> None:
    """Found as before or as after, whichever statement of it fails."""
    copies = (LocalCopy(ann, flags=SEEN, keywords=("a", "b")), LocalCopy(bob, prefix=b"X: 1\r\n"))
    onward = Onward((OnwardRecipient("x@far.test", "far.test"),), expires=1_900_000_000)
    events = (Event("accepted"),)
    done(store.writer.run(deliver, letter(store, "Hello", ann)))
    for octets in ("Hello", "World"):
        whole = Delivery(content(octets, store.large), copies, (onward,), "t", events)
        delivered = fails_cleanly(store, deliver, whole)
        assert len(delivered.placed) == 2
    done(store.readers.run(recount))


def test_an_append_that_fails_leaves_nothing(store: Store, ann: int) -> None:
    into = rows(store, mailbox)[0].id
    items = [Append(content(octets, store.large), keywords=("k",)) for octets in ("one", "two")]
    assert fails_cleanly(store, append, into, items).uids == (1, 2)
    done(store.readers.run(recount))
