"""Reports that people understand and machines can read."""

import base64
import email
import email.policy
import re
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.message.sevenbit import seven_bit
from mailsuite.relay.dsn import Kind, Reported, Stamp, Told, compose_dsn, status_of
from mailsuite.smtp.client.replies import printable

STAMP = Stamp("us.test", 1_800_000_000, b"\x01" * 16)
ORIGINAL = b"From: ann@us.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nthe text\r\n"
REPORTED = Reported("ann@us.test", ORIGINAL, 1_799_990_000, envid="env 1", ret="FULL")
TOLD = Told(
    "bob@there.test", "5.1.1", "550 5.1.1 no such user", "mx.there.test", "rfc822;old@there.test"
)


def parsed(kind: Kind, told: Told = TOLD, reported: Reported = REPORTED) -> Any:
    octets = compose_dsn(kind, reported, [told], STAMP)
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", octets)
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    return email.message_from_bytes(octets, policy=email.policy.default)


def status(message: Any) -> Any:
    return message.get_payload(1).get_payload()


def test_it_is_a_report_as_the_rfcs_write_it() -> None:
    message = parsed(Kind.FAILED)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain", "message/delivery-status", "message/rfc822",
    ]  # fmt: skip
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["To"] == "ann@us.test"
    whole, one = status(message)
    assert whole["Reporting-MTA"] == "dns; us.test"
    assert whole["Original-Envelope-Id"] == "env 1"
    assert one["Final-Recipient"] == "rfc822; bob@there.test"
    assert one["Original-Recipient"] == "rfc822; old@there.test"
    assert (one["Action"], one["Status"]) == ("failed", "5.1.1")
    assert one["Remote-MTA"] == "dns; mx.there.test"
    assert one["Diagnostic-Code"] == "smtp; 550 5.1.1 no such user"


def test_a_person_reads_what_happened_and_what_to_do() -> None:
    text = parsed(Kind.FAILED).get_payload(0).get_content()
    for words in (
        "bob@there.test",
        "you wrote to old@there.test",
        "mx.there.test said:",
        "no such user",
        "Check it for typing errors",
        "Subject: Grüße",
    ):
        assert words in text


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("ret", ["", "FULL", "HDRS"])
def test_the_whole_message_comes_back_only_with_a_failure_and_if_asked(
    kind: Kind, ret: str
) -> None:
    message = parsed(kind, reported=evolve(REPORTED, ret=ret))
    whole = kind is Kind.FAILED and ret == "FULL"
    assert ("the text" in str(message)) == whole
    assert status(message)[1]["Action"] == kind.action


def test_a_delay_says_until_when() -> None:
    message = parsed(Kind.DELAYED, evolve(TOLD, status="4.4.1", until=1_800_400_000))
    assert "Will-Retry-Until" in str(message)
    assert "You need not do anything" in message.get_payload(0).get_content()


def test_a_large_or_binary_message_comes_back_as_its_header() -> None:
    for body in (b"x" * 2_000_000, b"\0binary"):
        message = parsed(
            Kind.FAILED, reported=evolve(REPORTED, octets=b"Subject: x\r\n\r\n" + body)
        )
        assert message.get_payload(2).get_content_type() == "text/rfc822-headers"


def test_an_internationalized_recipient_is_told_by_rfc_6533() -> None:
    octets = compose_dsn(Kind.FAILED, REPORTED, [evolve(TOLD, address="bø@there.test")], STAMP)
    assert b"message/global-delivery-status" in octets
    assert "Final-Recipient: utf-8; bø@there.test".encode() in octets


def test_many_recipients_are_counted_in_words_and_named_for_machines() -> None:
    told = [evolve(TOLD, address=f"p{n}@there.test") for n in range(200)]
    message: Any = email.message_from_bytes(
        compose_dsn(Kind.FAILED, REPORTED, told, STAMP), policy=email.policy.default
    )
    assert "and 150 more" in message.get_payload(0).get_content()
    assert len(status(message)) == 201
    assert "199 more" in message["Subject"]


@pytest.mark.threat("S11")
@settings(max_examples=60, deadline=None)
@given(words=st.binary(max_size=300), address=st.text(max_size=40))
def test_a_hosts_words_stay_words(words: bytes, address: str) -> None:
    """No line of theirs becomes a field or a part of ours."""
    if any("\ud800" <= c <= "\udfff" for c in address):
        return
    octets = compose_dsn(
        Kind.FAILED, REPORTED, [evolve(TOLD, words=printable(words), address=address)], STAMP
    )
    message: Any = email.message_from_bytes(octets)
    assert len(message.get_payload()) == 3
    assert message["Bcc"] is None


@pytest.mark.threat("S11")
def test_an_attack_in_a_reply_is_shown_as_text() -> None:
    words = printable(b"550 no\r\nBcc: victim@x.test\r\n\r\n--=_0101\r\n; rm -rf / `id` $(id)")
    message = parsed(Kind.FAILED, evolve(TOLD, words=words * 100))
    assert message["Bcc"] is None
    assert len(status(message)[1]["Diagnostic-Code"]) <= 4_200


@pytest.mark.parametrize(
    ("words", "kind", "expected"),
    [
        ("5.1.1 no", Kind.FAILED, "5.1.1"),
        ("4.2.2 full", Kind.FAILED, "5.2.2"),
        ("no such user", Kind.FAILED, "5.0.0"),
        ("", Kind.DELAYED, "4.0.0"),
        ("2.1.5 ok", Kind.RELAYED, "2.1.5"),
        ("ok", Kind.DELIVERED, "2.0.0"),
    ],
)
def test_the_status_is_the_hosts_own_in_the_reports_class(
    words: str, kind: Kind, expected: str
) -> None:
    assert status_of(words, kind) == expected


def test_an_internationalized_message_comes_back_as_one() -> None:
    """RFC 6532 §3.7: message/rfc822 holds no UTF-8 in its header."""
    octets = "From: ann@us.test\r\nSubject: Gr\u00fc\u00dfe\r\n\r\ntext\r\n".encode()
    message = parsed(Kind.FAILED, reported=evolve(REPORTED, octets=octets))
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds[-1] == "message/global"
    ascii_header = b"From: ann@us.test\r\n\r\n\xc3\xa4\r\n"
    message = parsed(Kind.FAILED, reported=evolve(REPORTED, octets=ascii_header))
    assert [part.get_content_type() for part in message.iter_parts()][-1] == "message/rfc822"


def test_a_report_about_internationalized_mail_goes_to_hosts_of_seven_bits() -> None:
    """Its parts may be encoded, and are what they were when that is undone."""
    told = Told("b\u00f6b@there.test", "5.1.1", "550 5.1.1 no", "mx.there.test")
    octets = compose_dsn(Kind.FAILED, REPORTED, [told], STAMP)
    narrow = seven_bit(octets)
    assert narrow.isascii()
    part = narrow.partition(b"message/global-delivery-status")[2].partition(b"\r\n\r\n")[2]
    told_there = base64.b64decode(part.partition(b"\r\n--")[0]).decode()
    assert "Final-Recipient: utf-8; b\u00f6b@there.test\r\n" in told_there
