"""iprev: there and back again."""

import pytest

from mailsuite.trust.iprev import NAMES, confirm
from tests.trust.zone import Zone, ran

REVERSED = "1.2.0.192.in-addr.arpa"


def test_a_name_that_leads_back_passes() -> None:
    made = Zone()
    made.add(REVERSED, "PTR", "mail.a.example")
    made.add("mail.a.example", "A", "192.0.2.7", "192.0.2.1")
    found = ran(confirm(made, "192.0.2.1"))
    assert (found.word, found.name) == ("pass", "mail.a.example")
    assert found.told.properties == (("policy.iprev", "192.0.2.1"),)
    assert ran(confirm(made, "::ffff:192.0.2.1")).word == "pass"


def test_ipv6_is_asked_in_nibbles() -> None:
    made = Zone()
    made.add("1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa", "PTR", "six.example")
    made.add("six.example", "AAAA", "2001:db8::1")
    assert ran(confirm(made, "2001:db8::1")).word == "pass"


def test_a_name_that_leads_elsewhere_fails() -> None:
    made = Zone()
    made.add(REVERSED, "PTR", "mail.a.example")
    made.add("mail.a.example", "A", "192.0.2.7")
    assert ran(confirm(made, "192.0.2.1")).word == "fail"


def test_no_name_and_no_answer_are_told_apart() -> None:
    assert ran(confirm(Zone(), "192.0.2.1")).word == "permerror"
    assert ran(confirm(Zone(silent={"*"}), "192.0.2.1")).word == "temperror"
    made = Zone(silent={"mail.a.example"})
    made.add(REVERSED, "PTR", "mail.a.example")
    assert ran(confirm(made, "192.0.2.1")).word == "temperror"
    assert ran(confirm(made, "unix")).word == "permerror"


@pytest.mark.threat("D5")
def test_an_address_of_a_thousand_names_costs_a_few_questions() -> None:
    made = Zone()
    made.add(REVERSED, "PTR", *(f"n{n}.example" for n in range(1_000)))
    ran(confirm(made, "192.0.2.1"))
    assert len(made.asked) == NAMES + 1
