"""Columns of dates: what their blocks say is what the dates say."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.imap.searching.truth import dated_in
from mailsuite.store import search_columns, search_consulting
from mailsuite.store.search_columns import Dates, Ids
from mailsuite.store.search_consulting import _marks


@given(
    dates=st.lists(st.integers(-5, 25), max_size=40),
    first=st.integers(-6, 26),
    length=st.integers(0, 20),
)
def test_blocks_change_no_answer(dates: list[int], first: int, length: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mailsuite.imap.searching.truth.BLOCK", 4)
        patch.setattr(search_columns, "BLOCK", 4)
        mask = dated_in(first, first + length)
        expected = bytes(first <= date < first + length for date in dates)
        assert mask(Dates("q", dates)) == mask(array("q", dates)) == expected


def test_a_part_of_them_knows_no_bounds() -> None:
    """Slices and copies are other arrays: what was summed up is not theirs."""
    dates = Dates("q", [1, 2, 3])
    assert dates.bounds == [(1, 3)]
    assert type(dates[1:]) is array
    assert Dates.of(dates) is dates
    assert Dates.of(dates[1:]).bounds == [(2, 3)]


@given(
    numbers=st.lists(st.integers(0, 60), unique=True, max_size=40),
    ids=st.sets(st.integers(0, 60), max_size=6),
    rises=st.booleans(),
)
def test_ids_are_found_whether_they_rise_or_not(
    numbers: list[int], ids: set[int], rises: bool
) -> None:
    column = Ids("q", sorted(numbers) if rises else numbers)
    assert column.rising == (list(column) == sorted(column))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_consulting, "SPARSE", 1)
        assert _marks(ids, column) == bytes(number in ids for number in column)
