"""Reports that others send: read as far as they go, and never further than they may."""

import base64
import gzip
import json
import zlib
from pathlib import Path

import pytest

from mailsuite.relay.tls.received import JSON_OCTETS, BadReport, read_letter, read_report

DATA = Path(__file__).parents[2] / "data" / "tls" / "reports"
LETTER = (
    b'Content-Type: multipart/report; report-type="tlsrpt"; boundary=b\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
    b"--b\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
)


def letter(packed: bytes) -> bytes:
    return LETTER + base64.encodebytes(packed).replace(b"\n", b"\r\n") + b"--b--\r\n"


def test_the_example_of_the_rfc() -> None:
    """RFC 8460 appendix B."""
    (report,) = read_report((DATA / "rfc8460.json").read_bytes())
    assert (report.domain, report.submitter) == ("company-y.example", "company-x.example")
    assert (report.successes, report.failures) == (5326, 303)
    assert report.report_id == "5065427c-23d3-47ca-b6e0-946ea0e8c4be"
    assert report.ends - report.begins == 86_399
    (policy,) = json.loads(report.details)
    assert [one["sessions"] for one in policy["details"]] == [100, 200, 3]
    assert policy["mx"] == ["*.mail.company-y.example"]


@pytest.mark.parametrize("name", ["mail.ru.json", "smtp_tls.json"])
def test_what_others_send(name: str) -> None:
    (report,) = read_report((DATA / name).read_bytes())
    assert report.domain == "example.com"
    assert report.failures > 0


def test_a_whole_letter_of_google() -> None:
    octets = (DATA / "google.com_smtp_tls_report.eml").read_bytes()
    (report,) = read_letter(octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert report.submitter == "google.com"
    assert report.organization == "Google Inc."


@pytest.mark.threat("D12")
def test_a_bomb_is_not_opened() -> None:
    for size in (JSON_OCTETS + 1, 40 << 20):
        pressed = zlib.compressobj(9, wbits=31)
        zeros = bytes(1 << 20)
        packed = b"".join(pressed.compress(zeros) for _ in range(size >> 20)) + pressed.flush()
        packed = packed if size > JSON_OCTETS + 1 else gzip.compress(bytes(size))
        with pytest.raises(BadReport):
            read_letter(letter(packed))
    with pytest.raises(BadReport):
        read_letter(letter(gzip.compress(gzip.compress(b"{}"))))


@pytest.mark.threat("D12")
@pytest.mark.parametrize(
    "text",
    [
        b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"policies": 1}', b'{"policies": [1]}',
        b'{"policies": [{"policy": {}}]}', b"[" * 200_000, b'{"a":' * 100_000,
        b'{"report-id": "x", "policies": [{"policy": {"policy-domain": "a"}, "failure-details": [1]}]}',
        b'{"policies": [{"policy": {"policy-domain": "a"}}]}',
        b'{"n": ' + b"9" * 10_000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_report(text: bytes) -> None:
    with pytest.raises(BadReport):
        read_report(text)


def test_what_is_kept_is_bounded_and_printable() -> None:
    long = "\x1b[2J\0\r\n" + "x" * 600
    failure = {"result-type": long, "failed-session-count": 1 << 200}
    policy = {
        "policy": {"policy-domain": "a.test", "policy-string": [long] * 60},
        "summary": {"total-failure-session-count": -5, "total-successful-session-count": True},
        "failure-details": [failure] * 300,
    }
    told = {"report-id": long, "contact-info": f"x@{long}", "policies": [policy] * 3}
    (report,) = read_report(json.dumps(told).encode())
    assert len(report.report_id) <= 500
    assert (report.successes, report.failures) == (0, 0)
    assert "\\u001b" not in report.details
    assert all(len(one["details"]) == 200 for one in json.loads(report.details))
