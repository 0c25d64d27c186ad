"""What the scheduler costs does not depend on how much waits for whom."""

import pytest
from sqlalchemy import insert

from mailsuite.store.opening import Store
from mailsuite.store.queue import due_domains, next_due
from mailsuite.store.schema import queue_recipient
from mailsuite.store.transaction import Transaction
from tests.store.letters import done

NOW = 1_800_000_000
STEPS = 100  # of SQLite's machine, between two counts


def fill(tx: Transaction, first: int, count: int, domain: str, next_try: int) -> None:
    rows = [
        {"queue_id": n, "n": 0, "address": f"p@{domain}", "domain": domain, "next_try": next_try}
        for n in range(first, first + count)
    ]
    tx.execute_many(insert(queue_recipient), rows)


def work(store: Store, busy: tuple[str, ...]) -> tuple[int, list[str]]:
    """SQLite's steps for one look at what is due, in hundreds, and what was found."""
    steps: list[None] = []

    def look(tx: Transaction) -> list[str]:
        tx.connection.dbapi.set_progress_handler(lambda: steps.append(None), STEPS)
        try:
            found = due_domains(tx, busy, 10)
            next_due(tx, tx.now)
            return found
        finally:
            tx.connection.dbapi.set_progress_handler(None, STEPS)

    found: list[str] = done(store.readers.run(look))
    return len(steps), found


@pytest.mark.threat("S19")
@pytest.mark.parametrize("next_try", [NOW, NOW + 500])
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # whose steps can be counted
def test_ten_times_as_much_for_a_dead_host_is_the_same_work(store: Store, next_try: int) -> None:
    done(store.writer.run(fill, 1, 1_000, "dead.test", next_try))
    done(store.writer.run(fill, 100_000, 1, "good.test", NOW))
    little, found = work(store, ("dead.test",))
    assert found == ["good.test"]
    done(store.writer.run(fill, 2_000, 9_000, "dead.test", next_try))
    much, found = work(store, ("dead.test",))
    assert found == ["good.test"]
    assert much <= little * 1.5 + 5
