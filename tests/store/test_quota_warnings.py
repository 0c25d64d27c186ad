"""Each threshold is told once, up and down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import bindparam, update

from mailsuite.message.addresses import Address
from mailsuite.store.accounts import NewAccount, account_id, add_account, change_quota
from mailsuite.store.domains import add_domain
from mailsuite.store.opening import Store
from mailsuite.store.quota_warnings import LEEWAY, level, list_due, note_level
from mailsuite.store.schema import account
from mailsuite.store.transaction import Transaction
from tests.store.letters import done

FULL = [80, 95]
ANN = Address("ann", "ours.test")
USE = update(account).where(account.c.id == bindparam("of")).values(used_octets=bindparam("to"))


def use(tx: Transaction, number: int, octets: int) -> None:
    tx.execute(USE, {"of": number, "to": octets})


@pytest.fixture
def ann(store: Store) -> int:
    """Ann, who may keep a hundred octets."""
    done(store.writer.run(add_domain, "ours.test"))
    done(store.writer.run(add_account, NewAccount(ANN, "x", quota_octets=100)))
    number: int = done(store.readers.run(account_id, ANN))
    return number


@pytest.mark.parametrize(
    ("course", "told"),
    [
        ([79], []),
        ([80], [80]),
        ([80, 81, 94], [80]),
        ([96], [95]),
        ([80, 95, 100, 120], [80, 95]),
        ([80, 79, 80, 76, 80], [80]),
        ([80, 74, 80], [80, 80]),
        ([95, 85, 95], [95, 95]),
        ([95, 91, 95], [95]),
        ([95, 10, 80, 95], [95, 80, 95]),
    ],
)
def test_a_course_is_told_so(store: Store, ann: int, course: list[int], told: list[int]) -> None:
    found = []
    for octets in course:
        done(store.writer.run(use, ann, octets))
        _, crossing = done(store.writer.run(note_level, ann, FULL))
        if crossing is not None:
            found.append(crossing.threshold)
    assert found == told


def test_only_those_that_may_have_crossed_are_looked_at(store: Store, ann: int) -> None:
    due = lambda: done(store.readers.run(list_due, 80, 0))  # noqa: E731
    assert due() == []
    done(store.writer.run(use, ann, 80))
    assert due() == [ann]
    assert done(store.readers.run(list_due, 80, ann)) == []
    done(store.writer.run(note_level, ann, FULL))
    done(store.writer.run(use, ann, 0))
    assert due() == [ann], "what was told is still to be forgotten"
    done(store.writer.run(note_level, ann, FULL))
    assert due() == []
    done(store.writer.run(use, ann, 1_000))
    done(store.writer.run(change_quota, ANN, 0, None))
    assert due() == []


def test_who_is_gone_is_told_nothing(store: Store) -> None:
    assert done(store.writer.run(note_level, 77, FULL)) == (0, None)


@given(octets=st.integers(0, 300), messages=st.integers(0, 30))
def test_the_fuller_of_both_counts(octets: int, messages: int) -> None:
    found = level(FULL, octets=octets, quota_octets=200, messages=messages, quota_messages=20)
    assert found == max(
        level(FULL, octets=octets, quota_octets=200, messages=messages, quota_messages=0),
        level(FULL, octets=octets, quota_octets=0, messages=messages, quota_messages=20),
    )
    assert min(FULL) > LEEWAY
