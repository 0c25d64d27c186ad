"""The cache holds what is true, as long as it is, and no more than it may."""

import pytest

from mailsuite.dns.answers import NoSuchName
from mailsuite.dns.cache import LEAST_SECONDS, MOST_NEGATIVE_SECONDS, MOST_SECONDS, Cache
from mailsuite.dns.wire import Found


def found(ttl: int) -> Found:
    return Found(("192.0.2.1",), "a.test", ttl, authenticated=False)


@pytest.mark.parametrize(
    ("outcome", "ttl", "kept"),
    [
        (found(0), 0, LEAST_SECONDS),
        (found(300), 300, 300),
        (found(10**9), 10**9, MOST_SECONDS),
        (Found(NoSuchName, "a.test", 10**9, authenticated=False), 10**9, MOST_NEGATIVE_SECONDS),
    ],
)
def test_a_ttl_is_kept_within_bounds(outcome: Found, ttl: int, kept: int) -> None:
    now = [1000.0]
    cache = Cache(lambda: now[0])
    assert outcome.ttl == ttl
    cache.keep("a.test", "A", outcome)
    now[0] += kept - 0.5
    assert cache.find("a.test", "A") is not None
    now[0] += 1
    assert cache.find("a.test", "A") is None
    assert len(cache) == 0


def test_the_least_recently_used_goes_first() -> None:
    cache = Cache(lambda: 0.0, limit=2)
    cache.keep("a.test", "A", found(60))
    cache.keep("b.test", "A", found(60))
    cache.find("a.test", "A")
    cache.keep("c.test", "A", found(60))
    assert [bool(cache.find(name, "A")) for name in ("a.test", "b.test", "c.test")] == [
        True,
        False,
        True,
    ]
    assert len(cache) == 2
