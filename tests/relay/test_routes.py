"""Which hosts are tried, in which order, and when there is none."""

from collections.abc import Sequence

import pytest
from attrs import evolve

from mailsuite.dns.answers import Mx, TemporaryFailure
from mailsuite.relay.ports import Login, Security, Target
from mailsuite.relay.routes import NoRoute, Router, is_public, security_of
from mailsuite.relay.settings import RelaySettings, Smarthost
from tests.relay.sink import done
from tests.relay.world import FakeDns

SETTINGS = RelaySettings("us.test", own_addresses=frozenset({"1.1.1.1"}))


@pytest.fixture
def dns() -> FakeDns:
    return FakeDns()


def route(dns: FakeDns, domain: str, settings: RelaySettings = SETTINGS) -> Sequence[Target]:
    found: Sequence[Target] = done(Router(dns, settings).route(domain))
    return found


def refusal(dns: FakeDns, domain: str, settings: RelaySettings = SETTINGS) -> tuple[int, str]:
    with pytest.raises(NoRoute) as none:
        route(dns, domain, settings)
    return none.value.reply.code, none.value.reply.status


def test_hosts_come_by_preference_and_equals_in_any_order(dns: FakeDns) -> None:
    dns.records["a.test", "MX"] = (Mx(20, "c.test"), Mx(10, "x.test"), Mx(10, "y.test"))
    for n, name in enumerate(("c", "x", "y")):
        dns.records[f"{name}.test", "A"] = (f"8.8.8.{n}",)
    orders = {tuple(t.name for t in route(dns, "a.test")) for _ in range(60)}
    assert orders == {("x.test", "y.test", "c.test"), ("y.test", "x.test", "c.test")}


def test_both_families_of_a_host_are_tried(dns: FakeDns) -> None:
    dns.host("a.test", "8.8.8.1", "8.8.8.2")
    dns.records["mx.a.test", "AAAA"] = ("2606:4700::1",)
    found = [target.address for target in route(dns, "a.test")]
    assert found[0] == "2606:4700::1"
    assert sorted(found[1:]) == ["8.8.8.1", "8.8.8.2"]
    assert {target.port for target in route(dns, "a.test")} == {25}


def test_one_family_is_enough_when_the_other_cannot_be_asked(dns: FakeDns) -> None:
    dns.host("a.test", "8.8.8.1")
    dns.records["mx.a.test", "AAAA"] = TemporaryFailure
    assert [target.address for target in route(dns, "a.test")] == ["8.8.8.1"]


def test_without_mx_the_domain_itself_is_the_host(dns: FakeDns) -> None:
    dns.records["a.test", "A"] = ("8.8.8.1",)
    assert [(t.name, t.address) for t in route(dns, "a.test")] == [("a.test", "8.8.8.1")]


def test_the_null_mx_says_no(dns: FakeDns) -> None:
    dns.records["a.test", "MX"] = (Mx(0, ""),)
    dns.records["a.test", "A"] = ("8.8.8.1",)
    assert refusal(dns, "a.test") == (556, "5.1.10")


def test_what_is_certain_bounces_and_what_is_not_waits(dns: FakeDns) -> None:
    assert refusal(dns, "nowhere.test") == (550, "5.1.2")
    dns.records["silent.test", "MX"] = TemporaryFailure
    assert refusal(dns, "silent.test") == (451, "4.4.3")
    dns.records["half.test", "MX"] = (Mx(0, "mx.half.test"),)
    assert refusal(dns, "half.test") == (550, "5.4.4")
    dns.records["mx.half.test", "A"] = TemporaryFailure
    assert refusal(dns, "half.test") == (451, "4.4.3")


@pytest.mark.threat("S9")
def test_ourselves_as_mx_is_a_loop(dns: FakeDns) -> None:
    """Less preferred hosts would bring it back to us (RFC 5321 §5.1); better ones are tried."""
    dns.records["a.test", "MX"] = (Mx(10, "us.test"), Mx(20, "b.test"))
    dns.records["b.test", "A"] = ("8.8.8.1",)
    assert refusal(dns, "a.test") == (550, "5.4.6")
    dns.records["a.test", "MX"] = (Mx(20, "us.test"), Mx(10, "b.test"), Mx(30, "c.test"))
    assert [target.name for target in route(dns, "a.test")] == ["b.test"]


@pytest.mark.threat("S9")
def test_ourselves_by_address_is_a_loop_too(dns: FakeDns) -> None:
    dns.host("a.test", "1.1.1.1")
    assert refusal(dns, "a.test") == (550, "5.4.6")
    assert refusal(dns, "[1.1.1.1]") == (550, "5.4.6")


@pytest.mark.threat("S12")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "224.0.0.1",
        "100.64.0.1",
        "::",
    ],
)
def test_private_addresses_are_not_contacted_unless_set(dns: FakeDns, address: str) -> None:
    kind = "AAAA" if ":" in address else "A"
    dns.records["a.test", "MX"] = (Mx(0, "mx.a.test"),)
    dns.records["mx.a.test", kind] = (address,)
    assert not is_public(address)
    assert refusal(dns, "a.test") == (550, "5.4.4")
    allowed = evolve(SETTINGS, allow_private=True)
    assert [target.address for target in route(dns, "a.test", allowed)] == [address]


@pytest.mark.threat("S12")
@pytest.mark.threat("D5")
def test_a_thousand_mx_cost_no_more_than_ten(dns: FakeDns) -> None:
    dns.records["a.test", "MX"] = tuple(Mx(n, f"h{n}.test") for n in range(1000))
    for n in range(1000):
        dns.records[f"h{n}.test", "A"] = (f"8.8.{n // 250}.{n % 250 + 1}",)
    assert len(route(dns, "a.test")) == 10
    assert len(dns.asked) <= 21


def test_a_literal_goes_there(dns: FakeDns) -> None:
    assert [t.address for t in route(dns, "[8.8.8.8]")] == ["8.8.8.8"]
    assert [t.address for t in route(dns, "[ipv6:2606:4700::1]")] == ["2606:4700::1"]
    assert refusal(dns, "[127.0.0.1]") == (550, "5.4.4")
    assert dns.asked == []


@pytest.mark.threat("T5")
@pytest.mark.parametrize(
    ("smarthost", "security"),
    [
        (Smarthost("out.test", 587, "ann", "secret"), Security.VERIFIED),
        (Smarthost("out.test", 465, "ann", "secret"), Security.IMPLICIT),
        (Smarthost("out.test", 465), Security.IMPLICIT),
        (Smarthost("out.test", 25), Security.OPPORTUNISTIC),
    ],
)
def test_a_smarthost_takes_all_and_its_password_needs_verified_tls(
    dns: FakeDns, smarthost: Smarthost, security: Security
) -> None:
    dns.records["out.test", "A"] = ("10.0.0.1",)
    settings = evolve(SETTINGS, smarthost=smarthost)
    login = Login("ann", "secret") if smarthost.user else None
    target = Target("out.test", "10.0.0.1", smarthost.port, security, login, vouched=True)
    assert route(dns, "anything.test", settings) == [target]


def test_a_smarthost_without_address_is_waited_for(dns: FakeDns) -> None:
    settings = evolve(SETTINGS, smarthost=Smarthost("gone.test", 25))
    assert refusal(dns, "anything.test", settings) == (451, "4.4.4")


def primary_route(dns: FakeDns, host: str) -> Sequence[Target]:
    async def primary(domain: str) -> str:
        return host if domain == "away.test" else ""

    settings = evolve(SETTINGS, own_addresses=frozenset({"9.9.9.9"}))
    found: Sequence[Target] = done(Router(dns, settings, primary).route("away.test"))
    return found


@pytest.mark.parametrize(
    ("named", "address", "port"),
    [
        ("mx.away.test", "10.0.0.7", 25),
        ("mx.away.test:2525", "10.0.0.7", 2525),
        ("10.0.0.8:26", "10.0.0.8", 26),
        ("[fd00::1]:26", "fd00::1", 26),
        ("fd00::1", "fd00::1", 25),
    ],
)
def test_a_backup_domain_goes_to_its_host_alone(
    dns: FakeDns, named: str, address: str, port: int
) -> None:
    """Its MX records, which name us too, are not asked."""
    dns.records["mx.away.test", "A"] = ("10.0.0.7",)
    (target,) = primary_route(dns, named)
    assert (target.address, target.port, target.vouched) == (address, port, True)
    assert ("away.test", "MX") not in dns.asked


@pytest.mark.threat("S9")
def test_a_backup_domain_never_comes_back_to_us(dns: FakeDns) -> None:
    dns.records["mx.away.test", "A"] = ("9.9.9.9",)
    with pytest.raises(NoRoute) as none:
        primary_route(dns, "mx.away.test")
    assert none.value.reply.code == 451


def test_a_domain_may_have_a_host_of_its_own(dns: FakeDns) -> None:
    """The nearest name counts; what has none goes where it went."""
    near, far = Smarthost("10.0.0.1", 26), Smarthost("10.0.0.2", 465, source=("10.9.9.9",))
    routes = {"a.test": near, "*.test": far}
    settings = evolve(SETTINGS, routes=routes, source=("192.0.2.9", "2001:db8::9"))
    dns.host("other.example", "8.8.8.8")
    dns.records["mx.other.example", "AAAA"] = ("2606::1",)
    assert [(t.address, t.port, t.source) for t in route(dns, "a.test", settings)] == [
        ("10.0.0.1", 26, "192.0.2.9")
    ]
    for domain in ("b.test", "x.a.test"):
        (target,) = route(dns, domain, settings)
        assert (target.address, target.security) == ("10.0.0.2", Security.IMPLICIT)
        assert target.source == "10.9.9.9"
    sources = {t.address: t.source for t in route(dns, "other.example", settings)}
    assert sources == {"8.8.8.8": "192.0.2.9", "2606::1": "2001:db8::9"}


@pytest.mark.parametrize(
    ("security", "port", "user", "expected"),
    [
        (None, 25, "", Security.OPPORTUNISTIC),
        (None, 587, "ann", Security.VERIFIED),
        (None, 465, "", Security.IMPLICIT),
        (Security.CLEAR, 25, "", Security.CLEAR),
        (Security.VERIFIED, 25, "", Security.VERIFIED),
    ],
)
def test_what_a_named_host_needs_of_tls(
    security: Security | None, port: int, user: str, expected: Security
) -> None:
    assert security_of(Smarthost("h.test", port, user, security=security)) is expected
