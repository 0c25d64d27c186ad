"""The shared view: generations, changes, the first unseen message."""

import pytest

from mailsuite.mailbox import changing, view
from mailsuite.store.flags import FlagChange, Mode
from mailsuite.store.opening import Store
from mailsuite.store.snapshots import READ_CHANGED
from mailsuite.store.transaction import Transaction
from tests.imap.people import now
from tests.mailbox.people import Box

SEEN = FlagChange(Mode.ADD, ("\\Seen",))
UNSEEN = FlagChange(Mode.REMOVE, ("\\Seen",))
DELETED = FlagChange(Mode.ADD, ("\\Deleted",))


@pytest.fixture
def box(store: Store) -> Box:
    made = Box(store)
    for _ in range(5):
        made.put()
    return made


async def expunge(shown: view.MailboxView) -> None:
    async for _ in changing.expunge(shown, None):
        pass


def test_new_mail_makes_the_generation_longer(box: Box) -> None:
    shown = box.open()
    generation = shown.generation
    box.put()
    now(shown.refresh())
    assert shown.generation is generation
    assert list(generation.uids) == [1, 2, 3, 4, 5, 6]


def test_an_expunge_makes_the_next_generation(box: Box) -> None:
    shown = box.open()
    before = shown.generation
    now(changing.store_step(shown, [2, 4], DELETED))
    now(expunge(shown))
    assert list(before.uids) == [1, 2, 3, 4, 5]
    assert list(before.removed) == [2, 4]
    assert before.next is shown.generation
    assert list(shown.arrays.uids) == [1, 3, 5]
    assert (shown.flags_of(2), shown.modseq_of(3)) == (None, 4)


def test_the_first_unseen_message_follows(box: Box) -> None:
    shown = box.open()
    assert shown.first_unseen() == 0
    now(changing.store_step(shown, [1, 2, 3, 4, 5], SEEN))
    assert shown.first_unseen() == 5
    now(changing.store_step(shown, [3], UNSEEN))
    assert shown.first_unseen() == 2
    now(changing.store_step(shown, [1], DELETED))
    now(expunge(shown))
    assert shown.first_unseen() == 1
    box.put()
    now(changing.store_step(shown, [3], SEEN))
    assert shown.first_unseen() == 4


def test_who_subscribed_is_called_once_a_commit(box: Box) -> None:
    shown, calls = box.open(), []
    forget = shown.subscribe(lambda: calls.append(len(shown.arrays.uids)))
    box.put()
    box.put()
    assert calls == [6, 7]
    forget()
    box.put()
    assert calls == [6, 7]


@pytest.mark.parametrize("at_once", [1, 4000])
def test_many_changes_at_once_are_loaded_anew(
    box: Box, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(view, "MERGED_AT_ONCE", at_once)
    shown = box.open()
    before = shown.generation
    now(changing.store_step(shown, [2, 4], DELETED))
    assert shown.generation is before
    assert shown.changed_since(6) == [2, 4]
    now(expunge(shown))
    box.put()
    now(shown.refresh())
    assert list(before.removed) == [2, 4]
    assert list(shown.arrays.uids) == [1, 3, 5, 6]


def test_a_log_that_begins_late_is_made_up_for(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "REMEMBERED", 2)
    shown = box.open()
    seen = shown.row.modseq
    for uid in (1, 3, 5, 3):
        now(changing.store_step(shown, [uid], SEEN if uid != 3 else UNSEEN))
        now(changing.store_step(shown, [uid], SEEN))
    assert shown.changed.since(seen) is None
    assert shown.changed_since(seen) == [1, 3, 5]
    assert shown.changed_since(seen, {shown.row.modseq}) != []


def test_spans_hold_no_other_message(box: Box) -> None:
    shown = box.open()
    now(changing.store_step(shown, [3], DELETED))
    now(expunge(shown))
    assert changing.spans_in(shown, [1, 2, 4, 5]) == [(1, 5)]
    assert changing.spans_in(shown, [1, 3, 4]) == [(1, 1), (4, 4)]
    assert changing.spans_in(shown, [2, 4, 9]) == [(2, 4)]
    assert changing.spans_in(shown, []) == []


def test_a_refresh_reads_what_changed_and_not_the_mailbox(box: Box) -> None:
    """Else each change costs 8 ms of a mailbox with 100,000 messages."""

    def plan(tx: Transaction) -> str:
        asked = {"mailbox_id": 1, "since": 1}
        prepared = tx.connection.prepare(READ_CHANGED, asked)
        cursor = tx.connection.dbapi.cursor()
        cursor.execute("EXPLAIN QUERY PLAN " + prepared.sql, prepared.bind(asked))
        return str(cursor.fetchall())

    assert "INDEX placement_modseq (mailbox_id=? AND modseq>?)" in now(box.open().read(plan))
