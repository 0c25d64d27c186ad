"""Tokens by account: in one process and over several workers."""

import pytest

from mailsuite.wire import buckets
from mailsuite.wire.board import Board
from mailsuite.wire.buckets import Bucket, Buckets, LocalBuckets, SharedBuckets

FULL = Bucket(100, 3_600, 50.0)


def take(buckets: Buckets, account_id: int) -> float:
    with buckets.changing(account_id, Bucket(100, 3_600, 50.0)) as left:
        left.minute -= 1
        left.hour -= 2
        left.at += 0.5
        return left.minute


@pytest.fixture(params=["one process", "two workers"])
def both(request: pytest.FixtureRequest) -> list[Buckets]:
    if request.param == "one process":
        return [LocalBuckets()] * 2
    descriptor = Board.make(2).descriptor
    return [SharedBuckets(Board(descriptor, n, 2)) for n in (1, 2)]


def test_an_account_has_one_bucket_wherever_it_takes_from(both: list[Buckets]) -> None:
    assert [take(both[n % 2], 7) for n in range(4)] == [99, 98, 97, 96]
    assert take(both[0], 8) == 99
    with both[1].changing(7, FULL) as left:
        assert (left.minute, left.hour, left.at) == (96, 3_592, 52)


@pytest.mark.threat("S17")
def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "REMEMBERED", 20)
    local = LocalBuckets()
    for n in range(100):
        take(local, n)
    assert len(local._buckets) == 20


def test_a_full_set_gives_up_its_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "SETS", 1)
    shared = SharedBuckets(Board(Board.make(1).descriptor, 1, 1))
    for n in range(5):
        with shared.changing(n, Bucket(100, 3_600, 50.0 + n)) as left:
            left.minute -= 1
    assert take(shared, 4) == 98
    assert take(shared, 0) == 99, "begins anew"
