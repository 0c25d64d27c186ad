"""Ids are never given out twice."""

import pytest

from mailsuite.store.ids import reserve_id, reserve_ids
from mailsuite.store.opening import Store
from mailsuite.store.transaction import Transaction
from tests.store.failing import fails_cleanly
from tests.store.letters import done


def test_each_table_counts_for_itself(store: Store) -> None:
    assert list(done(store.writer.run(reserve_ids, "message", 3))) == [1, 2, 3]
    assert done(store.writer.run(reserve_id, "message")) == 4
    assert done(store.writer.run(reserve_id, "blob")) == 1


def test_a_rollback_gives_back_what_nobody_has_seen(store: Store) -> None:
    def fails(tx: Transaction) -> None:
        reserve_ids(tx, "message", 10)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        done(store.writer.run(fails))
    assert fails_cleanly(store, reserve_id, "message") == 1
