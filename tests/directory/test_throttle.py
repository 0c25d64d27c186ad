"""How many failures, from where: no time, no store."""

import pytest
from twisted.internet.task import Clock

from mailsuite.directory.throttle import (
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    STORM,
    Attempt,
    Standing,
    Throttle,
)
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.tallies import HOUR

LIMITS = Limits(
    sign_in_failures_per_address=3, sign_in_failures_per_network=5, sign_in_failures_per_account=8
)


def attempt(address: str, name: str = "ann@example.test") -> Attempt:
    return Attempt(name, Peer(address))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> Throttle:
    return Throttle(LIMITS, clock.seconds)


def fail(guard: Throttle, *attempts: Attempt) -> list[Standing]:
    standings = []
    for one in attempts:
        standings.append(guard.begin(one))
        if standings[-1] is Standing.FREE:
            guard.failed(one)
    return standings


@pytest.mark.threat("A1")
def test_an_address_has_so_many_failures_an_hour(guard: Throttle, clock: Clock) -> None:
    one = attempt("192.0.2.1")
    assert fail(guard, *[one] * 4) == [Standing.FREE] * 3 + [Standing.BLOCKED]
    assert guard.blocked(one)
    clock.advance(HOUR.seconds)
    assert not guard.blocked(one)
    assert fail(guard, one) == [Standing.FREE]


@pytest.mark.threat("A1")
@pytest.mark.parametrize("prefix", ["192.0.2.", "2001:db8::"])
def test_neighbours_share_their_networks_failures(guard: Throttle, prefix: str) -> None:
    attempts = [attempt(f"{prefix}{n}", f"{n}@example.test") for n in range(1, 8)]
    assert fail(guard, *attempts).count(Standing.FREE) == 5


@pytest.mark.threat("A1")
def test_an_account_has_so_many_failures_from_everywhere(guard: Throttle) -> None:
    attempts = [attempt(f"10.{n}.0.1") for n in range(12)]
    assert fail(guard, *attempts).count(Standing.FREE) == 8
    assert guard.blocked(attempt("10.99.0.1"))
    assert not guard.blocked(attempt("10.99.0.1", "bob@example.test"))


@pytest.mark.threat("A2")
def test_who_signed_in_from_there_before_is_not_locked_out(guard: Throttle) -> None:
    home = attempt("192.0.2.1")
    assert guard.begin(home) is Standing.FREE
    guard.succeeded(home)
    fail(guard, *[attempt(f"10.{n}.0.1") for n in range(12)])  # the account's failures
    fail(guard, *[attempt("192.0.2.1", f"{n}@example.test") for n in range(4)])  # the address's
    assert guard.begin(home) is Standing.FREE
    guard.succeeded(home)
    assert fail(guard, *[home] * 4) == [Standing.FREE] * 3 + [Standing.BLOCKED]


@pytest.mark.threat("A2")
def test_an_ipv6_home_is_known_by_its_network(guard: Throttle) -> None:
    """Phones change the lower half of their address every day."""
    one, other = attempt("2001:db8::1"), attempt("2001:db8::abcd")
    assert guard.begin(one) is Standing.FREE
    guard.succeeded(one)
    fail(guard, *[attempt(f"10.{n}.0.1") for n in range(12)])
    assert guard.begin(other) is Standing.FREE


def test_checks_that_run_count_before_they_end(guard: Throttle) -> None:
    """A hundred connections at once get no hundred guesses."""
    one = attempt("192.0.2.1")
    assert [guard.begin(one) for _ in range(4)] == [Standing.FREE] * 3 + [Standing.WAIT]
    guard.void(one)
    assert guard.begin(one) is Standing.FREE
    for _ in range(3):
        guard.failed(one)
    assert guard.begin(one) is Standing.BLOCKED


def test_right_passwords_use_nothing_up(guard: Throttle) -> None:
    for n in range(50):
        one = attempt("192.0.2.1", f"{n}@example.test")
        assert guard.begin(one) is Standing.FREE
        guard.succeeded(one)


def test_a_first_success_gives_back_what_it_reserved(guard: Throttle) -> None:
    """The attempt began as a stranger's and ended as an acquaintance's."""
    for _ in range(10):
        one = attempt("192.0.2.1", "ann@example.test")
        assert guard.begin(one) is Standing.FREE
        guard.succeeded(one)
    stranger = attempt("192.0.2.1", "bob@example.test")
    assert [guard.begin(stranger) for _ in range(3)] == [Standing.FREE] * 3


def test_two_at_once_from_a_new_home_give_back_both(guard: Throttle) -> None:
    one = attempt("192.0.2.1")
    assert guard.begin(one) is guard.begin(one) is Standing.FREE
    guard.succeeded(one)
    guard.succeeded(one)
    stranger = attempt("192.0.2.1", "bob@example.test")
    assert [guard.begin(stranger) for _ in range(3)] == [Standing.FREE] * 3


def test_the_wait_grows_with_the_failures(guard: Throttle, clock: Clock) -> None:
    one = attempt("192.0.2.1")
    waits = []
    for _ in range(4):
        waits.append(guard.delay(one))
        fail(guard, one)
    assert waits[0] == SHORTEST_SECONDS
    assert waits == sorted(waits)
    assert waits[-1] <= LONGEST_SECONDS


@pytest.mark.threat("A1")
def test_in_a_storm_every_failure_waits_longest(guard: Throttle) -> None:
    for n in range(STORM + 1):
        fail(guard, attempt(f"10.{n % 250}.{n // 250}.1", f"{n}@example.test"))
    assert guard.delay(attempt("192.0.2.1")) == LONGEST_SECONDS
