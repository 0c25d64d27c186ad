"""Authentication-Results: written by its grammar, read back, and known for ours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.message.authentication_results import authserv_id, read_results, write_results
from mailsuite.message.header import unfold
from mailsuite.message.judgement import Result

SPF = Result("spf", "pass", "192.0.2.1 is met", (("smtp.mailfrom", "a@b.example"),))
DKIM = Result("dkim", "fail", 'says "no" \\', (("header.d", "b.example"), ("header.b", "a/b+c=")))


def value_of(field: bytes) -> bytes:
    assert field.endswith(b"\r\n")
    return unfold(field[:-2].partition(b":")[2])


def test_one_field_has_all_methods_with_their_reasons() -> None:
    assert write_results("mx.example", [SPF, DKIM]) == (
        b"Authentication-Results: mx.example;\r\n"
        b"\tspf=pass\r\n"
        b'\treason="192.0.2.1 is met"\r\n'
        b"\tsmtp.mailfrom=a@b.example;\r\n"
        b"\tdkim=fail\r\n"
        b'\treason="says \\"no\\" \\\\"\r\n'
        b"\theader.d=b.example\r\n"
        b'\theader.b="a/b+c="\r\n'
    )
    assert write_results("mx.example", []) == b"Authentication-Results: mx.example;\r\n\tnone\r\n"


def test_what_others_wrote_is_read() -> None:
    found = read_results(
        b'(a;b) "x.example" 1; spf = pass (ok; really) smtp . mailfrom=a@b.example; '
        b'dkim/1=PASS reason="a;b" header.d="c.example"; none; =; dmarc=fail'
    )
    assert [(r.method, r.word) for r in found] == [
        ("spf", "pass"),
        ("dkim", "pass"),
        ("dmarc", "fail"),
    ]
    assert found[0].properties == (("smtp.mailfrom", "a@b.example"),)
    assert found[1].properties == (("header.d", "c.example"),)
    assert len(read_results(b"x" + b"; spf=pass" * 5_000)) == 50


@pytest.mark.threat("D9")
@pytest.mark.parametrize(
    "value",
    [
        "mx.bücher.example; spf=pass",
        "MX.xn--BCHER-kva.example; spf=pass",
        " (comment) mx.bücher.example. ; spf=pass",
        '"mx.bücher.example" 1; spf=pass',
        "mx.BÜCHER.example(x);spf=pass",
        "mx.bücher.example",
    ],
)
def test_our_name_is_known_in_any_form(value: str) -> None:
    assert authserv_id(value.encode()) == "mx.xn--bcher-kva.example"


def test_what_names_nobody() -> None:
    assert authserv_id(b"") == authserv_id(b"; spf=pass") == authserv_id(b"(only this)") == ""


@settings(max_examples=60)
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_reason_and_no_value_leaves_its_field(reason: str, value: str) -> None:
    field = write_results("mx.example", [Result("spf", "fail", reason, (("smtp.helo", value),))])
    assert field.count(b"\r\n") == field.count(b"\r\n\t") + 1 == field.count(b"\n")
    (found,) = read_results(value_of(field))
    assert (found.method, found.word) == ("spf", "fail")
    assert len(field) < 4_000


@settings(max_examples=60)
@given(st.binary(max_size=80))
def test_no_octets_are_a_crash(octets: bytes) -> None:
    read_results(octets)
    authserv_id(octets)
