"""What each host of a domain must show: every case of RFC 7672 §2.2 and RFC 8461 §5."""

import pytest
from attrs import define, evolve, field

from mailsuite.dns.answers import NoSuchName, TemporaryFailure, Tlsa
from mailsuite.relay.ports import Security, Target
from mailsuite.relay.tls.judging import Judged, PolicyJudge
from mailsuite.relay.tls.policies import Policies
from mailsuite.store.opening import Store
from tests.relay.sink import done
from tests.relay.tls.zone import FakeDns, FakeWeb, Noted, target

EE, TA = Tlsa(3, 1, 1, bytes(32)), Tlsa(2, 0, 1, bytes(32))
PKIX = Tlsa(1, 0, 1, bytes(32))
HOST = "mx.a.test"


@define(eq=False)
class World:
    store: Store
    dns: FakeDns = field(factory=FakeDns)
    web: FakeWeb = field(factory=FakeWeb)
    noted: Noted = field(factory=Noted)
    trust_ad: bool = True

    def judged(self, domain: str = "a.test", *hosts: str) -> Judged:
        policies = Policies(self.store, self.dns, self.web, lambda: 0.0)
        judge = PolicyJudge(self.dns, policies, self.noted, trust_ad=self.trust_ad)
        targets = [target(host, domain) for host in hosts or (HOST,)]
        judged: Judged = done(judge.judged(domain, targets))
        return judged

    def securities(self, domain: str = "a.test", *hosts: str) -> list[Security]:
        return [one.security for one in self.judged(domain, *hosts).targets]

    def asked(self, kind: str) -> list[str]:
        return [name for name, asked in self.dns.asked if asked == kind]


@pytest.fixture
def world(store: Store) -> World:
    made = World(store)
    made.dns.host("a.test", HOST)
    made.dns.signed = True
    return made


def test_without_anything_it_is_opportunistic(world: World) -> None:
    (found,) = world.judged().targets
    assert found.security is Security.OPPORTUNISTIC
    assert found.policy is not None
    assert (found.policy.kind, found.policy.domain) == ("no-policy-found", "a.test")
    assert world.noted.outcomes == []


@pytest.mark.threat("T3")
@pytest.mark.parametrize(
    ("records", "security"),
    [
        ((EE,), Security.PINNED),
        ((TA,), Security.PINNED),
        ((PKIX, EE), Security.PINNED),
        ((PKIX,), Security.ENCRYPTED),
        ((Tlsa(3, 1, 1, b"short"),), Security.ENCRYPTED),
        ((), Security.ENCRYPTED),
    ],
)
def test_secure_records_bind(world: World, records: tuple[Tlsa, ...], security: Security) -> None:
    world.dns.tlsa(HOST, *records)
    (found,) = world.judged().targets
    assert found.security is security
    assert (found.tls_name, found.names) == (
        (HOST, ("a.test",)) if security is Security.PINNED else ("", ())
    )
    assert ("a.test", "tlsa", "tlsa-invalid") in world.noted.outcomes or found.pins


@pytest.mark.threat("T3")
@pytest.mark.parametrize("broken", [f"_25._tcp.{HOST}/TLSA", f"{HOST}/A"])
def test_a_question_that_nobody_answers_shuts_the_host(world: World, broken: str) -> None:
    """SERVFAIL is what a resolver says of a forged answer."""
    world.dns.tlsa(HOST, EE)
    name, _, kind = broken.partition("/")
    world.dns.records[name, kind] = TemporaryFailure
    judged = world.judged()
    assert list(judged.targets) == []
    assert [(reply.code, reply.status) for reply in judged.refused] == [(451, "4.7.5")]
    assert world.noted.outcomes == [("a.test", "tlsa", "dnssec-invalid")]


@pytest.mark.threat("T3")
def test_another_host_of_the_domain_is_used_meanwhile(world: World) -> None:
    world.dns.host("a.test", HOST, "mx2.a.test")
    world.dns.records[f"_25._tcp.{HOST}", "TLSA"] = TemporaryFailure
    world.dns.tlsa("mx2.a.test", EE)
    judged = world.judged("a.test", HOST, "mx2.a.test")
    assert [one.name for one in judged.targets] == ["mx2.a.test"]
    assert len(judged.refused) == 1


@pytest.mark.threat("T3")
@pytest.mark.threat("D2")
def test_records_that_anybody_may_have_written_bind_nobody(world: World) -> None:
    world.dns.tlsa(HOST, EE)
    for unsigned in ("a.test", HOST, f"_25._tcp.{HOST}"):
        world.dns.unsigned = {unsigned}
        assert world.securities() == [Security.OPPORTUNISTIC]
    world.dns.unsigned = set()
    assert world.securities() == [Security.PINNED]
    world.dns.asked.clear()
    world.trust_ad = False
    assert world.securities() == [Security.OPPORTUNISTIC]
    assert world.asked("TLSA") == []


def test_a_host_in_an_unsigned_zone_is_not_asked_for_records(world: World) -> None:
    """Some of their name servers fail at the question (RFC 7672 §2.2.2)."""
    world.dns.unsigned = {HOST}
    world.dns.records[f"_25._tcp.{HOST}", "TLSA"] = TemporaryFailure
    assert world.securities() == [Security.OPPORTUNISTIC]
    assert world.asked("TLSA") == []


@pytest.mark.parametrize(
    ("at", "unsigned", "base"),
    [
        ("real.b.test", "", "real.b.test"),
        (HOST, "", HOST),
        (HOST, "real.b.test", HOST),
        ("real.b.test", "real.b.test", None),
        (HOST, HOST, None),
    ],
)
def test_an_alias_is_asked_at_both_ends(
    world: World, at: str, unsigned: str, base: str | None
) -> None:
    """RFC 7672 §2.2.2, §2.2.3: first where the alias leads, then the alias; each if it is sure."""
    world.dns.aliases[HOST] = "real.b.test"
    world.dns.records["real.b.test", "A"] = ("8.8.8.8",)
    world.dns.tlsa(at, EE)
    world.dns.unsigned = {unsigned}
    (found,) = world.judged().targets
    assert found.security is (Security.OPPORTUNISTIC if base is None else Security.PINNED)
    assert found.tls_name == (base or "")


def test_a_domain_without_mx_is_its_own_host(world: World) -> None:
    world.dns.records["b.test", "A"] = ("8.8.8.8",)
    world.dns.tlsa("b.test", EE)
    assert world.securities("b.test", "b.test") == [Security.PINNED]
    world.dns.unsigned = {"b.test"}
    assert world.securities("b.test", "b.test") == [Security.OPPORTUNISTIC]


@pytest.mark.parametrize(
    ("mode", "security"), [("enforce", Security.VERIFIED), ("testing", Security.TESTED)]
)
def test_a_policy_binds_the_hosts_that_it_names(
    world: World, mode: str, security: Security
) -> None:
    world.dns.sts("a.test")
    world.web.policy("a.test", mode, HOST)
    (found,) = world.judged().targets
    assert (found.security, found.vouched) == (security, True)
    assert found.policy is not None
    assert (found.policy.kind, found.policy.patterns) == ("sts", (HOST,))
    assert world.noted.outcomes == []


@pytest.mark.threat("T1")
def test_a_host_that_the_policy_does_not_name_gets_nothing(world: World) -> None:
    """Forged MX records: in testing it is told, in enforce it is not sent there."""
    world.dns.sts("a.test")
    world.web.policy("a.test", "enforce", "other.a.test")
    judged = world.judged()
    assert list(judged.targets) == []
    assert judged.refused[0].code == 451
    assert world.noted.outcomes == [("a.test", "sts", "validation-failure")]
    world.dns.sts("a.test", "2")
    world.web.policy("a.test", "testing", "other.a.test")
    assert world.securities() == [Security.OPPORTUNISTIC]


@pytest.mark.threat("T2")
def test_the_policy_is_that_of_the_recipients_domain(world: World) -> None:
    """Two domains with one host: each has its own word."""
    world.dns.host("b.test", HOST)
    world.dns.sts("a.test")
    world.web.policy("a.test", "enforce", HOST)
    assert world.securities("a.test") == [Security.VERIFIED]
    assert world.securities("b.test") == [Security.OPPORTUNISTIC]
    # Nor does the host's own domain speak for those that it serves.
    world.dns.sts(HOST)
    world.web.policy(HOST, "enforce", HOST)
    assert world.securities("b.test") == [Security.OPPORTUNISTIC]


def test_dane_goes_before_a_policy(world: World) -> None:
    world.dns.host("a.test", HOST, "mx2.a.test")
    world.dns.sts("a.test")
    world.web.policy("a.test", "enforce", "*.a.test")
    world.dns.tlsa(HOST, EE)
    assert world.securities("a.test", HOST, "mx2.a.test") == [Security.PINNED, Security.VERIFIED]


def test_a_policy_that_cannot_be_fetched_is_told_of_and_binds_nobody(world: World) -> None:
    world.dns.sts("a.test")
    assert world.securities() == [Security.OPPORTUNISTIC]
    assert world.noted.outcomes == [("a.test", "no-policy-found", "sts-policy-fetch-error")]


def test_hosts_that_the_operator_named_are_left_alone(world: World) -> None:
    named = evolve(target(HOST, "a.test"), policy=None, security=Security.VERIFIED)
    policies = Policies(world.store, world.dns, world.web, lambda: 0.0)
    judge = PolicyJudge(world.dns, policies, world.noted, trust_ad=True)
    judged: Judged = done(judge.judged("a.test", [named]))
    assert list(judged.targets) == [named]
    assert isinstance(named, Target)
    assert world.dns.asked == []


def test_no_answer_at_all_is_no_security(world: World) -> None:
    world.dns.records["a.test", "MX"] = TemporaryFailure
    assert world.securities() == [Security.OPPORTUNISTIC]
    assert NoSuchName("x").authenticated is False
