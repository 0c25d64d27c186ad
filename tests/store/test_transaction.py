"""Statements on the DBAPI cursor mean the same on both dialects."""

import pytest
from sqlalchemy import bindparam, delete, insert, select, update

from mailsuite.store.opening import Store
from mailsuite.store.schema import blob_data, domain
from mailsuite.store.transaction import Transaction, any_of
from tests.store.letters import done

ADD = insert(domain)
ALL = select(domain.c.id, domain.c.name).order_by(domain.c.id)
SOME = ALL.where(any_of(domain.c.id, "ids"))
NAMED = ALL.where(any_of(domain.c.name, "names"))


def filled(tx: Transaction) -> None:
    tx.execute_many(ADD, [{"id": n, "name": f"{n}.test"} for n in range(1, 6)])


@pytest.mark.parametrize("ids", [[], [2], [4, 2], [1, 2, 3, 4, 5, 2**40]])
def test_any_number_of_values_in_one_statement(store: Store, ids: list[int]) -> None:
    done(store.writer.run(filled))

    def read(tx: Transaction) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        by_id = tx.execute(SOME, {"ids": tx.array(ids)}).tuples()
        names = {"names": tx.array(f"{n}.test" for n in ids)}
        return by_id, tx.execute(NAMED, names).tuples()

    by_id, by_name = done(store.readers.run(read))
    assert by_id == by_name == [(n, f"{n}.test") for n in sorted(ids) if n < 6]


def test_rows_in_every_shape(store: Store) -> None:
    done(store.writer.run(filled))

    def read(tx: Transaction) -> None:
        assert [row.name for row in tx.execute(ALL)] == [f"{n}.test" for n in range(1, 6)]
        assert tx.execute(ALL).one().id == 1
        assert tx.execute(ALL).value() == 1
        assert [len(some) for some in tx.execute(ALL).chunks(2)] == [2, 2, 1]
        none = ALL.where(domain.c.id == bindparam("id"))
        assert tx.execute(none, {"id": 9}).one_or_none() is None
        assert tx.execute(none, {"id": 9}).value() is None
        assert tx.execute(none, {"id": 9}).all() == []
        with pytest.raises(LookupError):
            tx.execute(none, {"id": 9}).one()

    done(store.readers.run(read))


def test_the_text_of_an_insert_depends_on_its_columns(store: Store) -> None:
    def write(tx: Transaction) -> list[tuple[int, str, str]]:
        tx.execute(ADD, {"id": 1, "name": "a"})
        tx.execute(ADD, {"id": 2, "name": "b", "state": "closed"})
        read = select(domain.c.id, domain.c.name, domain.c.state).order_by(domain.c.id)
        return tx.execute(read).tuples()

    assert done(store.writer.run(write)) == [(1, "a", "active"), (2, "b", "closed")]


def test_counts_and_octets(store: Store) -> None:
    done(store.writer.run(filled))

    def write(tx: Transaction) -> None:
        assert tx.execute(update(domain).values(state="closed")).count == 5
        assert tx.execute(delete(domain).where(domain.c.id > 3)).count == 2
        octets = bytes(range(256))
        tx.execute(insert(blob_data), {"id": 1, "body": octets})
        assert bytes(tx.execute(select(blob_data.c.body)).value()) == octets

    done(store.writer.run(write))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 63, 64, 65, 155])
def test_every_row_is_inserted_once_however_many_there_are(store: Store, count: int) -> None:
    """Rows go in as a few statements of fixed sizes: none is left over, none comes twice."""
    names = [(n, f"{n}.test") for n in range(1, count + 1)]

    def fill(tx: Transaction) -> list[tuple[int, str]]:
        tx.execute_many(ADD, [{"id": number, "name": name} for number, name in names])
        return tx.execute(ALL).tuples()

    assert done(store.writer.run(fill)) == names
