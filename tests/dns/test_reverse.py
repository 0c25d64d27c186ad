"""A name counts where it leads back to its address (RFC 8601 §3)."""

import pytest

from mailsuite.dns.answers import TemporaryFailure
from mailsuite.dns.reverse import NAMES, Confirmed, confirm
from tests.repute.conftest import Zone, now

PTR = ("7.2.0.192.in-addr.arpa", "PTR")


def test_a_name_that_leads_back() -> None:
    zone = Zone()
    assert now(confirm(zone, "192.0.2.7")) == Confirmed("permerror")
    zone.add(*PTR, "other.example", "mx.example")
    assert now(confirm(zone, "192.0.2.7")) == Confirmed("fail", "other.example")
    zone.add("mx.example", "A", "192.0.2.9", "192.0.2.7")
    assert now(confirm(zone, "192.0.2.7")) == Confirmed("pass", "mx.example")


def test_ipv6_is_compared_as_a_number() -> None:
    zone = Zone()
    zone.add("1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa", "PTR", "mx.example")
    zone.add("mx.example", "AAAA", "2001:0db8:0:0::1")
    assert now(confirm(zone, "2001:db8::1")) == Confirmed("pass", "mx.example")


@pytest.mark.parametrize("where", [PTR, ("mx.example", "A")])
def test_trouble_is_told_apart(where: tuple[str, str]) -> None:
    zone = Zone()
    zone.add(*PTR, "mx.example")
    zone.records[where] = TemporaryFailure("SERVFAIL")
    assert now(confirm(zone, "192.0.2.7")).word == "temperror"


@pytest.mark.threat("D5")
def test_of_a_thousand_names_a_few_are_looked_at() -> None:
    zone = Zone()
    zone.add(*PTR, *(f"{n}.example" for n in range(1_000)))
    assert now(confirm(zone, "192.0.2.7")) == Confirmed("fail", "0.example")
    assert len(zone.asked) == 1 + NAMES
