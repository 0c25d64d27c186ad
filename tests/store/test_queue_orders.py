"""What the operator orders happens to what nobody is sending just now."""

from collections.abc import Callable
from typing import Any

import pytest

from mailsuite.errors import NoSuchThing
from mailsuite.store.opening import Store
from mailsuite.store.queue_orders import (
    fail_entry,
    hold_entry,
    list_queue,
    release_entry,
    remove_entry,
    retry_entry,
    show_entry,
)
from mailsuite.store.schema import blob, queue_message, queue_recipient
from tests.store.failing import fails_cleanly
from tests.store.letters import done, rows
from tests.store.test_queue import NOW, leased, queued


def states(store: Store) -> list[str]:
    return [row.state for row in rows(store, queue_recipient)]


def test_hold_and_release(store: Store) -> None:
    one = queued(store, "a@a.test", next_try=NOW + 99)
    assert fails_cleanly(store, hold_entry, one) == 1
    assert states(store) == ["held"]
    assert fails_cleanly(store, release_entry, one) == 1
    assert leased(store) == [(one, [0])]


def test_retry_makes_it_due_now(store: Store) -> None:
    one = queued(store, "a@a.test", next_try=NOW + 99)
    assert leased(store) == []
    assert fails_cleanly(store, retry_entry, one) == 1
    assert leased(store) == [(one, [0])]


def test_fail_ends_it_with_words_for_its_sender(store: Store) -> None:
    one = queued(store, "a@a.test")
    assert fails_cleanly(store, fail_entry, one, "554 no") == 1
    (row,) = rows(store, queue_recipient)
    assert (row.state, row.last_reply, row.finished) == ("failed", "554 no", 0)


def test_remove_leaves_nothing(store: Store) -> None:
    one = queued(store, "a@a.test", "b@b.test")
    fails_cleanly(store, remove_entry, one)
    assert rows(store, queue_message) == rows(store, queue_recipient) == []
    assert [row.refs for row in rows(store, blob)] == [0]


@pytest.mark.parametrize("order", [hold_entry, retry_entry, lambda tx, i: fail_entry(tx, i, "no")])
def test_what_is_being_sent_is_let_be(store: Store, order: Callable[..., Any]) -> None:
    one = queued(store, "a@a.test")
    leased(store)
    assert done(store.writer.run(order, one)) == 0
    assert states(store) == ["waiting"]


@pytest.mark.parametrize(
    "order",
    [
        hold_entry,
        release_entry,
        retry_entry,
        remove_entry,
        show_entry,
        lambda tx, i: fail_entry(tx, i, "no"),
    ],
)
def test_an_order_about_nothing_says_so(store: Store, order: Callable[..., Any]) -> None:
    with pytest.raises(NoSuchThing):
        done(store.writer.run(order, 99))


def test_the_list_comes_in_pages_oldest_first(store: Store) -> None:
    ids = [queued(store, f"{n}@a.test", "x@b.test") for n in range(5)]
    first = done(store.readers.run(list_queue, 0, 3))
    rest = done(store.readers.run(list_queue, first[-1].id, 3))
    assert [entry.id for entry in first + rest] == ids
    assert all(len(entry.recipients) == 2 for entry in first)
