"""Policies: how they come, how long they hold, and what cannot take them away."""

from collections.abc import Callable

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred

from mailsuite.relay.tls.mta_sts import Mode
from mailsuite.relay.tls.policies import AGAIN_SECONDS, Found, Policies
from mailsuite.store.opening import Store
from mailsuite.store.sts_policies import DAY
from mailsuite.wire.fetching import Fetched, NotTrusted
from tests.relay.sink import done
from tests.relay.tls.zone import FakeDns, FakeWeb


@define(eq=False)
class World:
    store: Store
    dns: FakeDns = field(factory=FakeDns)
    web: FakeWeb = field(factory=FakeWeb)
    now: int = 1_800_000_000
    policies: Policies = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.store.clock = lambda: self.now
        self.store.writer._clock = self.store.readers._clock = self.store.clock
        self.restart()

    def restart(self) -> None:
        self.policies = Policies(self.store, self.dns, self.web, lambda: self.now)

    def publish(self, domain: str, mode: str = "enforce", identity: str = "1") -> None:
        self.dns.sts(domain, identity)
        self.web.policy(domain, mode, f"mx.{domain}")

    def find(self, domain: str) -> Found:
        found: Found = done(self.policies.find(domain))
        return found

    def mode(self, domain: str) -> Mode | None:
        policy = self.find(domain).policy
        return None if policy is None else policy.mode


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_a_policy_is_fetched_once_and_outlives_a_restart(world: World) -> None:
    world.publish("a.test")
    for _ in range(3):
        assert world.mode("a.test") is Mode.ENFORCE
        world.restart()
    assert world.web.asked == ["https://mta-sts.a.test/.well-known/mta-sts.txt"]
    assert world.find("b.test") == Found()


@pytest.mark.threat("T1")
def test_whoever_takes_record_and_page_away_takes_nothing(world: World) -> None:
    """It holds until the day that it said itself."""
    world.publish("a.test")
    assert world.mode("a.test") is Mode.ENFORCE
    world.dns.records.clear()
    world.web.pages.clear()
    world.now += 7 * DAY - 1
    assert world.mode("a.test") is Mode.ENFORCE
    world.now += 1
    assert world.mode("a.test") is None


@pytest.mark.threat("T1")
def test_a_new_id_with_a_page_that_fails_leaves_the_old_policy(world: World) -> None:
    world.publish("a.test")
    world.find("a.test")
    world.dns.sts("a.test", "2")
    world.web.page("a.test", NotTrusted("forged"))
    found = world.find("a.test")
    assert found.policy is not None
    assert found.policy.mode is Mode.ENFORCE
    assert found.result == "sts-webpki-invalid"


def test_a_new_id_brings_the_new_policy(world: World) -> None:
    world.publish("a.test")
    world.find("a.test")
    world.publish("a.test", "testing", "2")
    assert world.mode("a.test") is Mode.TESTING
    world.publish("a.test", "none", "3")
    assert world.mode("a.test") is None
    assert len(world.web.asked) == 3
    assert world.mode("a.test") is None
    assert len(world.web.asked) == 3


@pytest.mark.parametrize(
    ("page", "result"),
    [
        (None, "sts-policy-fetch-error"),
        (Fetched(404, "text/plain", b""), "sts-policy-fetch-error"),
        (Fetched(302, "text/plain", b""), "sts-policy-fetch-error"),
        (Fetched(200, "text/html", b""), "sts-policy-invalid"),
        (b"version: STSv2", "sts-policy-invalid"),
        (NotTrusted("expired"), "sts-webpki-invalid"),
    ],
)
def test_what_goes_wrong_is_told_and_not_tried_at_once_again(
    world: World, page: object, result: str
) -> None:
    world.dns.sts("a.test")
    world.web.page("a.test", page)
    for _ in range(2):
        found = world.find("a.test")
        assert (found.policy, found.result) == (None, result)
    assert len(world.web.asked) == 1
    world.publish("a.test", identity="1")
    world.now += int(AGAIN_SECONDS)
    assert world.mode("a.test") is Mode.ENFORCE


def test_many_letters_at_once_fetch_one_policy(world: World) -> None:
    world.publish("a.test")
    url, page = next(iter(world.web.pages.items()))
    slow: Deferred[object] = Deferred()
    world.web.pages[url] = slow
    found: list[Found] = []
    keep: Callable[[Found], None] = found.append
    for _ in range(5):
        Deferred.fromCoroutine(world.policies.find("a.test")).addCallback(keep)
    assert found == []
    slow.callback(page)
    assert [one.policy and one.policy.mode for one in found] == [Mode.ENFORCE] * 5
    assert len(world.web.asked) == 1


@pytest.mark.threat("T1")
def test_a_policy_in_use_is_asked_for_again_before_it_ends(world: World) -> None:
    """Nobody wins by silencing DNS shortly before its end (RFC 8461 §10.2)."""
    world.publish("a.test")
    world.publish("b.test")
    world.find("a.test")
    world.find("b.test")
    world.dns.records.clear()
    for day in range(1, 20):
        world.now += DAY
        done(world.policies.refresh())
        done(world.policies.refresh())
        assert len(world.web.asked) == 2 + 2 * day
    assert world.mode("a.test") is Mode.ENFORCE
    world.web.pages.clear()
    world.now += DAY
    done(world.policies.refresh())
    assert world.mode("a.test") is Mode.ENFORCE


def test_a_policy_that_nobody_uses_is_let_go(world: World) -> None:
    world.publish("a.test")
    world.find("a.test")
    for _ in range(60):
        world.now += DAY
        done(world.policies.refresh())
    assert len(world.web.asked) <= 32
    world.dns.records.clear()
    assert world.mode("a.test") is None
