"""Lists are asked while their test entries are right (RFC 5782 §5; threat D15)."""

import pytest

from mailsuite.dns.answers import TemporaryFailure
from mailsuite.repute.health import Health
from mailsuite.repute.settings import DnsList
from tests.repute.conftest import Zone, now

V4 = DnsList("v4.example", frozenset({"ipv4"}), ())
V6 = DnsList("v6.example", frozenset({"ipv6"}), ())
NAMES = DnsList("dbl.example", frozenset({"domain"}), ())
MAPPED = "0.0.0.0.0.f.7.f.f.f.f" + ".0" * 20


def test_a_list_is_asked_once_it_has_passed() -> None:
    zone, health = Zone(), Health()
    assert health.well([V4, V6, NAMES]) == []
    zone.add("2.0.0.127.v4.example", "A", "127.0.0.2")
    zone.add(f"2.{MAPPED}.v6.example", "A", "127.0.0.2")
    zone.add("test.dbl.example", "A", "127.0.0.2")
    now(health.test(zone, [V4, V6, NAMES]))
    assert health.well([V4, V6, NAMES]) == [V4, V6, NAMES]


@pytest.mark.threat("D15")
def test_a_list_of_everything_or_nothing_is_off_until_it_is_well() -> None:
    told: list[str] = []
    zone, health = Zone(), Health(lambda _, words: told.append(words))
    now(health.test(zone, [V4]))  # nothing stands in it
    zone.add("2.0.0.127.v4.example", "A", "127.0.0.2")
    zone.add("1.0.0.127.v4.example", "A", "127.0.0.2")
    now(health.test(zone, [V4]))  # everything does
    assert health.well([V4]) == []
    del zone.records["1.0.0.127.v4.example", "A"]
    now(health.test(zone, [V4]))
    assert health.well([V4]) == [V4]
    assert told == [
        "The DNS list v4.example is off: its test entry 127.0.0.2 is missing.",
        "The DNS list v4.example is off: it lists 127.0.0.1, and so everything.",
        "The DNS list v4.example is well, and on again.",
    ]


def test_a_test_that_nobody_answers_changes_nothing() -> None:
    zone, health = Zone(), Health()
    zone.add("2.0.0.127.v4.example", "A", "127.0.0.2")
    now(health.test(zone, [V4]))
    zone.records["2.0.0.127.v4.example", "A"] = TemporaryFailure("SERVFAIL")
    now(health.test(zone, [V4]))
    assert health.well([V4]) == [V4]
