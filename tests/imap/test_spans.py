"""Runs of neighbours, beside a set."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from mailsuite.imap.spans import NOTHING, Spans


@given(
    known=st.sets(st.integers(1, 400)),
    wanted=st.sets(st.integers(1, 400)),
    gone=st.sets(st.integers(1, 400)),
    come=st.integers(0, 20),
)
def test_runs_are_the_set_whatever_comes_and_goes(
    known: set[int], wanted: set[int], gone: set[int], come: int
) -> None:
    uids = array("I", sorted(known))
    saved = Spans(sorted(known & wanted), uids)
    last = max(known, default=0)
    after = array("I", [uid for uid in uids if uid not in gone] + [*range(last + 1, last + come)])
    assert list(saved.among(after, len(after))) == sorted((known & wanted) - gone)


def test_neighbours_are_one_run() -> None:
    uids = array("I", range(3, 100_000, 3))
    assert len(Spans(uids, uids)) == 1
    assert len(Spans(uids[::2], uids)) == len(uids[::2])
    assert len(Spans([*uids[:4_000], *uids[4_001:]], uids)) == 2
    assert len(NOTHING) == 0


def test_only_what_the_client_knows() -> None:
    uids = array("I", [1, 2, 3, 4])
    assert list(Spans(uids, uids).among(uids, 2)) == [1, 2]
