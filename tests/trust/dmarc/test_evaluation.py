"""DMARC: what aligns, and what follows."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mailsuite.message.header import first
from mailsuite.message.judgement import Result
from mailsuite.trust.dmarc.author import Author, author
from mailsuite.trust.dmarc.evaluation import Evidence, evaluate
from mailsuite.trust.results import HELO, ArcResult, DkimResult, DmarcResult, SpfResult
from tests.trust.zone import Zone, ran, zone

DATA = Path(__file__).parents[2] / "data/dmarc"
VECTORS = json.loads((DATA / "authheaders.json").read_text())
NO_SPF = SpfResult("none", "mailfrom", "b.example", "x@b.example")


def spf(domain: str, word: str = "pass", identity: str = "mailfrom") -> SpfResult:
    return SpfResult(word, identity, domain, domain)


def dkim(domain: str, word: str = "pass", **more: Any) -> DkimResult:
    return DkimResult(word, domain, signed=("from", "subject"), **more)


def dmarc(
    records: Mapping[str, str] | Zone, domain: str = "a.example", **evidence: Any
) -> DmarcResult:
    made = records if isinstance(records, Zone) else zone(records)
    return ran(evaluate(made, Author(domain), Evidence(**{"spf": NO_SPF, **evidence})))


REJECT = {"_dmarc.a.example": "v=DMARC1; p=reject"}
STRICT = {"_dmarc.a.example": "v=DMARC1; p=reject; adkim=s; aspf=s"}


@pytest.mark.parametrize(
    ("records", "author", "evidence", "word"),
    [
        (REJECT, "a.example", {"spf": spf("a.example")}, "pass"),
        (REJECT, "a.example", {"spf": spf("b.a.example")}, "pass"),
        (REJECT, "b.a.example", {"spf": spf("c.a.example")}, "pass"),
        (REJECT, "a.example", {"spf": spf("a.example", "softfail")}, "fail"),
        (REJECT, "a.example", {"spf": spf("evila.example")}, "fail"),
        (REJECT, "a.example", {"spf": spf("a.example", identity=HELO)}, "fail"),
        (REJECT, "a.example", {"dkim": [dkim("x.example"), dkim("s.a.example")]}, "pass"),
        (REJECT, "a.example", {"dkim": [dkim("a.example", "fail")]}, "fail"),
        (STRICT, "a.example", {"spf": spf("b.a.example"), "dkim": [dkim("b.a.example")]}, "fail"),
        (STRICT, "a.example", {"dkim": [dkim("a.example")]}, "pass"),
        ({}, "a.example", {"spf": spf("a.example")}, "none"),
        # A sub-domain that says it is an organization of its own.
        ({**REJECT, "_dmarc.b.a.example": "v=DMARC1; p=none; psd=n"}, "a.example",
         {"spf": spf("c.b.a.example")}, "fail"),
    ],
)  # fmt: skip
def test_alignment(
    records: dict[str, str], author: str, evidence: dict[str, Any], word: str
) -> None:
    assert dmarc(records, author, **evidence).word == word


@pytest.mark.threat("D6")
def test_a_signature_that_leaves_octets_out_does_not_count() -> None:
    assert dmarc(REJECT, dkim=[dkim("a.example", covers_body_whole=False)]).word == "fail"


@pytest.mark.threat("D7")
def test_a_signature_without_from_does_not_count() -> None:
    assert dmarc(REJECT, dkim=[DkimResult("pass", "a.example", signed=("to",))]).word == "fail"


@pytest.mark.parametrize(
    ("record", "name", "exists", "disposition"),
    [
        ("p=reject", "a.example", True, "reject"),
        ("p=reject; t=y", "a.example", True, "quarantine"),
        ("p=quarantine; t=y", "a.example", True, "none"),
        ("p=none; t=y", "a.example", True, "none"),
        ("p=reject; pct=0", "a.example", True, "reject"),
        ("p=none; sp=quarantine; np=reject", "b.a.example", True, "quarantine"),
        ("p=none; sp=quarantine; np=reject", "b.a.example", False, "reject"),
        ("p=reject; sp=none", "b.a.example", False, "none"),
        ("p=quarantine", "b.a.example", False, "quarantine"),
    ],
)
def test_what_follows_from_a_fail(
    record: str, name: str, *, exists: bool, disposition: str
) -> None:
    made = zone({"_dmarc.a.example": f"v=DMARC1; {record}"})
    if exists:
        made.add(name, "MX")
        made.add(name, "A", "192.0.2.1")
    found = dmarc(made, name)
    assert (found.word, found.disposition) == ("fail", disposition)
    assert name in found.reason


def test_a_public_suffix_speaks_for_domains_that_say_nothing() -> None:
    made = zone({"_dmarc.gov": "v=DMARC1; p=reject; sp=none; np=quarantine; psd=y"})
    made.add("real.gov", "A", "192.0.2.1")
    assert dmarc(made, "real.gov").disposition == "none"
    missing = dmarc(made, "missing.gov")
    assert (missing.disposition, missing.organization) == ("quarantine", "missing.gov")
    assert (missing.found_at, missing.policy) == ("gov", "quarantine")


def test_dns_that_does_not_answer() -> None:
    silent = Zone(silent={"*"})
    assert dmarc(silent).word == "temperror"
    # SPF could still make it pass; of another domain it could not.
    assert dmarc(REJECT, spf=spf("a.example", "temperror")).word == "temperror"
    assert dmarc(REJECT, spf=spf("b.example", "temperror")).word == "fail"
    assert dmarc(REJECT, dkim=[dkim("a.example", "temperror")]).word == "temperror"
    signed = [dkim("a.example")]
    assert dmarc(REJECT, spf=spf("a.example", "temperror"), dkim=signed).word == "pass"


@pytest.mark.threat("D11")
def test_arc_counts_only_as_far_as_trusted_sealers_vouch() -> None:
    passed = Result("dmarc", "pass", "", (("header.from", "a.example"),))
    chain = ArcResult("pass", sealers=("list.example",), trusted=(passed,))
    found = dmarc(REJECT, arc=chain)
    assert (found.word, found.disposition, found.overridden) == (
        "fail", "none", "trusted_forwarder",
    )  # fmt: skip
    assert dmarc(REJECT, arc=ArcResult("pass", sealers=("list.example",))).disposition == "reject"
    assert dmarc(REJECT, arc=ArcResult("fail", trusted=(passed,))).disposition == "reject"
    other = Result("dmarc", "pass", "", (("header.from", "other.example"),))
    assert dmarc(REJECT, arc=ArcResult("pass", trusted=(other,))).disposition == "reject"


@pytest.mark.threat("D7")
def test_without_one_author_dmarc_cannot_pass() -> None:
    who = author(b"From: a@a.example\r\nFrom: b@b.example\r\n\r\n")
    found = ran(evaluate(zone(REJECT), who, Evidence(spf("a.example"), [dkim("a.example")])))
    assert (found.word, found.disposition) == ("permerror", "reject")


def test_results_are_told_in_the_words_of_authentication_results() -> None:
    told = dmarc(REJECT, spf=spf("a.example")).told
    assert (told.method, told.word) == ("dmarc", "pass")
    assert told.properties == (("header.from", "a.example"), ("policy.dmarc", "reject"))


# Where RFC 9989 says otherwise than authheaders: what is wrong in a record is left out (§4.8); no
# author is found by more than one reading (D7); a record that says nothing is none, and the walk
# goes on above it (§4.10.1).
OTHERWISE = {
    "authenticate_dmarc_bad": ("fail", "bad.example.com", "none"),
    "authenticate_dmarc_nofrom": ("permerror", "", ""),
    "authenticate_dmarc_mult_from": ("permerror", "", ""),
    "authenticate_dmarc_mult_from2": ("permerror", "", ""),
    "authenticate_dmarc_no_p": ("fail", "nop.example.org", "none"),
}


@pytest.mark.parametrize(
    "case",
    [case for case in VECTORS["cases"] if "dmarc" in case["checks"]],
    ids=lambda case: case["name"],
)
def test_authheaders(case: dict[str, Any]) -> None:
    made = Zone()
    for name, text in VECTORS["dns"].items():
        if text and text.startswith(("v=", "k=")):
            made.txt(name, text)
        elif text:
            made.add(name, "A", "192.0.2.1")
    message = (DATA / case["message"]).read_bytes().replace(b"\n", b"\r\n")
    said = case["authheaders_says"]
    signed = re.findall(r"dkim=(\w+) header.d=(\S+)", said)
    evidence = Evidence(NO_SPF, [dkim(domain, word) for word, domain in signed])
    found = ran(evaluate(made, author(message), evidence))
    theirs = re.search(r"dmarc=(\w+).*header.from=(\S+) policy.dmarc=(\S+)", said)
    expected = OTHERWISE.get(case["name"]) or (theirs and theirs.groups())
    assert (found.word, found.author, found.policy) == expected
    assert first(message, b"from")
