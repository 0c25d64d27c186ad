"""check_host(): the whole openspf suite, and what it leaves out."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.trust.results import HELO, SpfResult
from mailsuite.trust.spf.check import EXPLANATION_CHARACTERS, check_host
from tests.trust.zone import Mx, Zone, ran, zone

SUITE = Path(__file__).parents[2] / "data/spf/rfc7208-tests.json"
SCENARIOS: list[dict[str, Any]] = json.loads(SUITE.read_text())
CASES = [
    pytest.param(scenario, test, id=name)
    for scenario in SCENARIOS
    for name, test in scenario["tests"].items()
]
RECEIVER = "receiver.example"


def suite_zone(data: dict[str, list[Any]]) -> Zone:
    """The zone data of a scenario, by the rules at the head of the suite."""
    made = Zone()
    for name, entries in data.items():
        given = [entry for entry in entries if isinstance(entry, dict)]
        has_txt = any("TXT" in entry for entry in given)
        try:
            made.add(name, "HINFO")  # the name is there
        except Exception:  # noqa: BLE001 - names that no DNS can have stand in the suite
            continue
        if "TIMEOUT" in entries:
            made.silent.add(name.lower())
        for entry in given:
            ((kind, value),) = entry.items()
            if kind == "SPF" and not has_txt:
                kind = "TXT"
            if kind == "TXT" and value != "NONE":
                made.txt(name, "".join(value))
            elif kind == "MX":
                made.add(name, "MX", Mx(value[0], value[1].lower()))
            elif kind in {"A", "AAAA", "PTR", "CNAME"}:
                made.add(name, kind, value)
    return made


def checked(test: dict[str, Any], made: Zone) -> SpfResult:
    local, at, domain = test["mailfrom"].rpartition("@")
    if not at:
        domain = domain or test["helo"]
    return ran(
        check_host(
            made, test["host"], domain, local_part=local, helo=test["helo"], receiver=RECEIVER,
            now=1_800_000_000,
        )
    )  # fmt: skip


def test_the_suite_is_whole() -> None:
    assert (len(SCENARIOS), len(CASES)) == (16, 203)


@pytest.mark.threat("D4")
@pytest.mark.parametrize(("scenario", "test"), CASES)
def test_openspf(scenario: dict[str, Any], test: dict[str, Any]) -> None:
    found = checked(test, suite_zone(scenario["zonedata"]))
    allowed = test["result"] if isinstance(test["result"], list) else [test["result"]]
    assert found.word in allowed, found.reason
    if "explanation" in test and test["explanation"] != "DEFAULT":
        assert found.explanation == test["explanation"]


def check(made: Zone, ip: str = "192.0.2.1", domain: str = "a.example", **more: Any) -> SpfResult:
    return ran(check_host(made, ip, domain, **more))


@pytest.mark.threat("D4")
@pytest.mark.parametrize("term", ["include:%s", "redirect=%s"])
def test_a_ring_ends_in_permerror(term: str) -> None:
    """a leads to b, b to a: ten terms, and the end."""
    made = zone({
        "a.example": "v=spf1 " + term % "b.example",
        "b.example": "v=spf1 " + term % "a.example",
    })  # fmt: skip
    found = check(made)
    assert (found.word, len(made.asked)) == ("permerror", 11)
    assert "more than 10 DNS lookups" in found.reason


@pytest.mark.threat("D4")
def test_a_bush_of_includes_costs_no_more_than_ten() -> None:
    names = [f"n{n}" for n in range(40)]
    made = zone({f"{n}.example": "v=spf1 " + " ".join(f"include:{m}.example" for m in names)
                 for n in names})  # fmt: skip
    assert check(made, domain="n0.example").word == "permerror"
    assert len(made.asked) <= 11


@pytest.mark.threat("D4")
def test_long_records_are_read_in_linear_time() -> None:
    """64 KiB of one TXT record, in the shapes that make careless patterns slow."""
    for text in ("a" * 60_000, "%" * 60_000, "%{d}" * 15_000, "a:" + "a." * 30_000, "-" * 60_000,
                 "x=" + "%{" * 30_000, "ip4:" + "1" * 60_000, "a" + "/" * 60_000,
                 "a:" + "%{dr" + "-" * 60_000 + "}"):  # fmt: skip
        assert check(zone({"a.example": f"v=spf1 {text}"})).word in {"permerror", "neutral"}
    many = "v=spf1 " + "ip4:192.0.2.9 " * 4_000 + "-all"
    assert check(zone({"a.example": many})).word == "fail"


@pytest.mark.threat("D4")
def test_names_without_an_answer_are_counted() -> None:
    made = zone({"a.example": "v=spf1 a:x.example mx:y.example exists:z.example ip4:192.0.2.1"})
    assert check(made).word == "permerror"
    made = zone({"a.example": "v=spf1 a:x.example mx:y.example ip4:192.0.2.1"})
    assert check(made).word == "pass"


def test_dns_that_does_not_answer_is_told_apart() -> None:
    made = zone({"a.example": "v=spf1 a:x.example -all"})
    made.silent.add("x.example")
    assert check(made).word == "temperror"
    assert check(Zone(silent={"*"})).word == "temperror"
    assert check(Zone()).word == "none"


@pytest.mark.parametrize(
    ("domain", "word"),
    [("bücher.example", "pass"), ("xn--bcher-kva.example", "pass"), ("BÜCHER.example", "pass")],
)
def test_an_internationalised_domain_is_asked_in_a_labels(domain: str, word: str) -> None:
    """RFC 8616 §4: in questions and in macros."""
    made = zone({"xn--bcher-kva.example": "v=spf1 exists:%{o} -all"})
    made.add("xn--bcher-kva.example", "A", "127.0.0.2")
    assert check(made, domain=domain).word == word


def test_a_local_part_that_is_no_ascii_meets_no_term_that_names_it() -> None:
    """RFC 8616 §4."""
    made = zone({"a.example": "v=spf1 exists:%{l}.x.example ?all"})
    made.add("*.x.example", "A", "127.0.0.2")
    assert check(made, local_part="grüße").word == "neutral"
    assert len(made.asked) == 1


def test_a_mapped_address_counts_as_ipv4() -> None:
    made = zone({"a.example": "v=spf1 ip4:192.0.2.0/24 -all"})
    assert check(made, "::ffff:192.0.2.9").word == "pass"


def test_what_is_told_of_each_identity() -> None:
    made = zone({"a.example": "v=spf1 ip4:192.0.2.1 -all"})
    sender = check(made, local_part="me")
    assert sender.told.properties == (("smtp.mailfrom", "me@a.example"),)
    named = check(made, identity=HELO)
    assert named.told.properties == (("smtp.helo", "a.example"),)
    assert 'is met by "ip4:192.0.2.1" of a.example' in named.reason


def test_an_explanation_is_cut_and_printable() -> None:
    made = zone({"a.example": "v=spf1 -all exp=why.example", "why.example": "x" * 5_000})
    assert len(check(made).explanation) == EXPLANATION_CHARACTERS
    made = zone({"a.example": "v=spf1 -all exp=why.example", "why.example": "no\r\n550 injected"})
    assert check(made).explanation == ""


@pytest.mark.parametrize("ip", ["", "x", "unix", "192.0.2.1.1"])
def test_what_is_no_address_has_no_result(ip: str) -> None:
    assert check(zone({"a.example": "v=spf1 +all"}), ip).word == "none"


@settings(max_examples=80)
@given(
    st.lists(
        st.sampled_from(
            ["a", "mx", "ptr", "include:", "a.example", "exists:", "%{", "i", "}", "r", "-", "/",
             "24", "ip4:", "192.0.2.1", "ip6:", "::1", "redirect=", "exp=", "=", " ", ":", "%%",
             "\0", "\xff", "all", "~", "."]
        ),
        max_size=20,
    ).map("".join)
)  # fmt: skip
def test_no_record_is_a_crash(text: str) -> None:
    found = check(zone({"a.example": f"v=spf1 {text}"}))
    assert found.word in {"pass", "fail", "softfail", "neutral", "permerror", "none"}
