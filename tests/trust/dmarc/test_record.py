"""DMARC records: what is read, what is left out, what is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.trust.dmarc.record import parse, select
from mailsuite.trust.results import DmarcRecord

RECORDS = json.loads((Path(__file__).parents[2] / "data/dmarc/records.json").read_text())
RUA = "; rua=mailto:a@b.example"


def read(text: str) -> DmarcRecord | None:
    found = select([text.encode()])
    return parse(found[0]) if found else None


@pytest.mark.parametrize("case", RECORDS["valid"], ids=lambda case: case["text"][:30])
def test_records_that_mox_takes(case: dict[str, Any]) -> None:
    assert read(case["text"]) is not None


# RFC 9989 §4.7, §4.8: order does not matter, what is wrong is left out, pct, rf and ri are history.
LENIENT = {
    "v=DMARC1; sp=reject; p=reject": "reject",
}


@pytest.mark.parametrize("case", RECORDS["invalid"], ids=lambda case: case["text"][:30])
def test_records_that_mox_refuses(case: dict[str, Any]) -> None:
    found = read(case["text"])
    assert (found and found.p) == LENIENT.get(case["text"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DMARC1; p=reject; pct=0; rf=x; ri=1", ("reject", "", "", "r", "r", "u", "n")),
        ("v=DMARC1;p=Quarantine;sp=NONE;np=reject;adkim=s;aspf=s;psd=y;t=y",
         ("quarantine", "none", "reject", "s", "s", "y", "y")),
        ("v=DMARC1; p=reject; adkim=x; aspf=; psd=maybe; t=1",
         ("reject", "", "", "r", "r", "u", "n")),
        ("v=DMARC1; p=bad" + RUA, ("none", "", "", "r", "r", "u", "n")),
        ("v=DMARC1; p=reject; np=bad; sp=reject" + RUA, ("none", "", "", "r", "r", "u", "n")),
        ("v=DMARC1; p=none; p=reject" + RUA, ("none", "", "", "r", "r", "u", "n")),
        ("v=DMARC1; p=none; reject", ("none", "", "", "r", "r", "u", "n")),
    ],
)  # fmt: skip
def test_tags(text: str, expected: tuple[str, ...]) -> None:
    found = read(text)
    assert found is not None
    told = (found.p, found.sp, found.np, found.adkim, found.aspf, found.psd, found.t)
    assert told == expected


def test_addresses_of_reports() -> None:
    found = read("v=DMARC1; p=none; rua=mailto:a@b.example!10m, https://x/, mailto:c%2Bd@e.example")
    assert found is not None
    assert [str(each) for each in found.rua] == ["a@b.example", "c+d@e.example"]


@pytest.mark.parametrize("text", ["v=DMARC10; p=none", "v=spf1", "p=none; v=DMARC1", " v=DMARC1"])
def test_what_is_no_record(text: str) -> None:
    assert select([text.encode()]) == []


@settings(max_examples=60)
@given(st.lists(st.sampled_from([*"vpsn=;, \t!", "DMARC1", "reject", "rua", "mailto:", "a@b.c"])))
def test_no_record_is_a_crash(pieces: list[str]) -> None:
    parse(("v=DMARC1;" + "".join(pieces)).encode())
