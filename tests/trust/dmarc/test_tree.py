"""The tree walk: eight questions, and whose domain a name is."""

import pytest

from mailsuite.trust.dmarc.tree import Walks, steps
from tests.trust.zone import ran, zone

P = "v=DMARC1; p=none"


def test_a_long_name_is_cut_to_seven_labels() -> None:
    """The example of RFC 9989 §4.10."""
    assert steps("a.b.c.d.e.f.g.h.i.j.mail.example.com") == [
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    ]


@pytest.mark.threat("D5")
def test_no_name_costs_more_than_eight_questions() -> None:
    for count in range(2, 60):
        name = ".".join(["x"] * count)
        made = zone()
        ran(Walks(made).organization(name))
        assert len(made.asked) == min(count, 8)


@pytest.mark.parametrize(
    ("records", "name", "organization"),
    [
        # The three examples of §4.10.2.
        ({"_dmarc.mail.example.com": P, "_dmarc.example.com": P}, "a.mail.example.com",
         "example.com"),
        ({"_dmarc.mail.example.com": P + "; psd=n", "_dmarc.example.com": P},
         "a.mail.example.com", "mail.example.com"),
        ({"_dmarc.com": P + "; psd=y"}, "a.mail.example.com", "example.com"),
        ({}, "a.example.com", "a.example.com"),
        ({"_dmarc.gov": P + "; psd=y"}, "gov", "gov"),
        ({"_dmarc.a.gov": P, "_dmarc.gov": P + "; psd=y"}, "b.a.gov", "a.gov"),
        # Several records at one name are none.
        ({"_dmarc.example.com": [P, P], "_dmarc.b.example.com": P}, "b.example.com",
         "b.example.com"),
    ],
)  # fmt: skip
def test_whose_domain(records: dict[str, str], name: str, organization: str) -> None:
    assert ran(Walks(zone(records)).organization(name)) == organization


def test_no_name_is_asked_for_twice() -> None:
    made = zone({"_dmarc.example.com": P})
    walks = Walks(made)
    for name in ("a.example.com", "b.example.com", "a.example.com"):
        ran(walks.organization(name))
    assert len(made.asked) == len(set(made.asked)) == 4
