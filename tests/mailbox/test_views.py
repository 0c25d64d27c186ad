"""Views are shared, counted, kept for a while, and let go."""

import pytest

from mailsuite.errors import NoSuchMailbox
from mailsuite.mailbox import views
from mailsuite.store.opening import Store
from mailsuite.store.snapshots import Loaded, load_view
from mailsuite.store.transaction import Transaction
from mailsuite.wire.limits import Limits
from tests.imap.people import now
from tests.mailbox.people import Box


def test_all_sessions_share_one_view(store: Store) -> None:
    box = Box(store)
    first, second = box.open(), box.open()
    assert first is second
    box.mine.release(first)
    assert box.open() is first


def test_an_unused_view_is_a_cache(store: Store) -> None:
    box = Box(store)
    view = box.open()
    box.mine.release(view)
    box.put()
    again = box.open()
    assert again is view
    assert list(again.arrays.uids) == [1]


def test_without_room_unused_views_go(store: Store) -> None:
    box = Box(store, Limits(view_cache_octets=3000))
    inbox = box.open()
    box.mine.release(inbox)
    box.mine.release(box.open("Archive"))
    assert box.services.views.unused_octets <= 3000
    assert box.open() is not inbox


def test_a_deleted_mailbox_is_gone_for_whoever_has_it_open(store: Store) -> None:
    box = Box(store)
    view = box.open("Archive")
    now(box.mine.delete("Archive"))
    with pytest.raises(NoSuchMailbox):
        now(view.refresh())
    assert view.gone
    box.mine.release(view)
    with pytest.raises(NoSuchMailbox):
        box.open("Archive")
    now(box.mine.create("Archive"))
    assert box.open("Archive") is not view


def test_a_large_load_leaves_a_snapshot(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Box(store)
    for _ in range(5):
        box.put()
    read: list[int] = []

    def load(tx: Transaction, mailbox_id: int) -> Loaded:
        loaded = load_view(tx, mailbox_id)
        read.append(loaded.read)
        return loaded

    monkeypatch.setattr(views, "load_view", load)
    for worth_saving in (5, 4, 4):
        monkeypatch.setattr(views, "WORTH_SAVING", worth_saving)
        fresh = views.Views(store, 1 << 20)
        assert list(now(fresh.open(box.mail.inbox)).arrays.uids) == [1, 2, 3, 4, 5]
    assert read == [5, 5, 0]
