"""Aggregate reports as XML: real ones are read, bombs are not (threat D12)."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.message.unpacking import attachments, unpack
from mailsuite.trust.reports import reading
from mailsuite.trust.reports.reading import BadReport, read_report

SHELF = Path(__file__).parents[4] / "shared/vectors/reports-parsedmarc"
ROW = (
    b"<record><row><source_ip>192.0.2.1</source_ip><count>%d</count><policy_evaluated>"
    b"<disposition>none</disposition><dkim>%b</dkim><spf>fail</spf></policy_evaluated></row>"
    b"<identifiers><header_from>A.example</header_from></identifiers></record>"
)
HEAD = (
    b'<?xml version="1.0"?>%b<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0"><report_metadata>'
    b"<org_name>O</org_name><email>e@o.example</email><report_id>1</report_id><date_range>"
    b"<begin>86400</begin><end>172799</end></date_range></report_metadata><policy_published>"
    b"<domain>a.example</domain><p>reject</p></policy_published>"
)


def document(*rows: bytes, doctype: bytes = b"") -> bytes:
    return HEAD % doctype + b"".join(rows) + b"</feedback>"


def test_a_report_is_read() -> None:
    found = read_report(document(ROW % (3, b"pass"), ROW % (2, b"fail")))
    assert (found.domain, found.organization, found.report_id) == ("a.example", "O", "1")
    assert (found.begins, found.ends, found.policy) == (86_400, 172_799, "reject")
    assert (found.messages, found.passed) == (5, 3)
    assert [(r.source, r.messages, r.dkim, r.header_from) for r in found.rows] == [
        ("192.0.2.1", 3, "pass", "a.example"),
        ("192.0.2.1", 2, "fail", "a.example"),
    ]


LAUGHS = b"<!DOCTYPE l [<!ENTITY a 'lol'>%b]>" % b"".join(
    b"<!ENTITY %c '%b'>" % (c, b"&%c;" % (c - 1) * 10) for c in range(ord("b"), ord("k"))
)


@pytest.mark.threat("D12")
@pytest.mark.parametrize(
    "octets",
    [
        document(b"<x>&j;</x>", doctype=LAUGHS),
        document(doctype=b'<!DOCTYPE f SYSTEM "file:///etc/passwd">'),
        document(b"&e;", doctype=b'<!DOCTYPE f [<!ENTITY e SYSTEM "http://x.example/">]>'),
        document(b"<a>" * 50_000),
        document(ROW % (1, b"pass"))[:-20],
        b"\xff\xfe" + document(),
        b"",
        b"not xml",
        document().replace(b"a.example", b""),
    ],
    ids=[
        "billion laughs", "external dtd", "external entity", "depth", "cut", "encoding",
        "empty", "text", "no domain",
    ],
)  # fmt: skip
def test_what_is_no_report(octets: bytes) -> None:
    with pytest.raises(BadReport):
        read_report(octets)


@pytest.mark.threat("D12")
def test_a_report_of_too_many_elements_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ELEMENTS", 1_000)
    with pytest.raises(BadReport, match="too long"):
        read_report(document(b"<a/>" * 1_001))


@pytest.mark.threat("D12")
def test_what_is_kept_is_bounded_though_all_is_counted() -> None:
    found = read_report(document(ROW % (1, b"pass") * 5_000, b"<x>" + b"y" * 1_000_000 + b"</x>"))
    assert (found.messages, len(found.rows)) == (5_000, 2_000)


# Broken on purpose: neither expat nor anybody strict reads these.
UNREADABLE = {
    "invalid_xml.xml",
    "invalid_utf_8.xml",
    "ikea.com!example.de!1538690400!1538776800.xml",  # a schema that never ends before it
}


def test_real_reports_are_read() -> None:
    """Those of the shelf, where it stands beside the checkout: XML, gzip, zip and whole mails."""
    read = 0
    for path in sorted(SHELF.glob("aggregate/*")):
        octets = path.read_bytes()
        parts = [octets]
        if path.suffix == ".eml":
            mail = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            parts = [each.octets for each in attachments(mail) if "text/" not in each.type]
        if path.name in UNREADABLE:
            with pytest.raises(BadReport):
                read_report(parts[0])
            continue
        found = read_report(unpack(parts[0]))
        assert found.domain, path.name
        assert found.rows or found.messages == 0, path.name
        read += 1
    assert read in {0, 16}


@settings(max_examples=50)
@given(st.binary(max_size=60), st.integers(0, 400))
def test_no_octets_are_a_crash(octets: bytes, at: int) -> None:
    whole = document(ROW % (1, b"pass"))
    with suppress(BadReport):
        assert read_report(whole[:at] + octets + whole[at:]).domain
