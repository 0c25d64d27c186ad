"""The writer of header fields: what comes out is read back as it went in."""

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.address_lists import owned_addresses, parse_list
from mailsuite.message.addresses import Address
from mailsuite.message.compose import (
    BadField,
    Part,
    addresses,
    message_id,
    parameters,
    report_message,
    structured,
    text_message,
    text_part,
    unstructured,
)
from mailsuite.message.content import content_type
from mailsuite.message.header import fields, first, raw_fields
from mailsuite.message.scan import scan
from mailsuite.message.words import decode_words

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=200)
LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)


def one_field(octets: bytes) -> bytes:
    """The value of what is exactly one field, whose lines are short enough."""
    assert octets.endswith(b"\r\n")
    assert b"\0" not in octets
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    assert all(len(line) <= 998 and line.strip() for line in octets[:-2].split(b"\r\n"))
    found = list(raw_fields(octets))
    assert len(found) == 1
    value = first(octets, found[0].partition(b":")[0])
    assert value is not None
    return value


@pytest.mark.threat("M9")
@given(TEXT)
def test_any_text_comes_back(text: str) -> None:
    assert decode_words(one_field(unstructured("Subject", text))) == text


@pytest.mark.threat("M9")
@pytest.mark.parametrize("text", ["a\r\nBcc: x@y", "a\rb", "a\nb", "a\0b", "\ud800", "\r\n "])
def test_line_ends_and_nul_are_refused(text: str) -> None:
    with pytest.raises(BadField):
        unstructured("Subject", text)
    with pytest.raises(BadField):
        structured("X-Y", [text])
    with pytest.raises(BadField):
        addresses("To", [(text, Address("a", "b"))])
    with pytest.raises(BadField):
        parameters("Content-Type", "text/plain", [("name", text)])
    with pytest.raises(BadField):
        unstructured(f"X{text}", "a")


def test_names_are_names() -> None:
    for name in ("", "a b", "a:", "1a", "ä", "x" * 80):
        with pytest.raises(BadField):
            unstructured(name, "x")


@pytest.mark.threat("M9")
@given(
    st.lists(
        st.tuples(TEXT, st.sampled_from(["a@b.example", '"x, y"@b', "ä@müller.example"])),
        min_size=1,
        max_size=6,
    )
)
def test_people_come_back(people: list[tuple[str, str]]) -> None:
    value = one_field(addresses("To", [(name, Address.parse(at)) for name, at in people]))
    assert [str(a) for a in owned_addresses(value)] == [
        str(Address(a.localpart, a.canonical.domain))
        for a in map(Address.parse, (at for _, at in people))
    ]
    names = [decode_words(entry.name or b"") for entry in parse_list(value)]
    assert names == [name for name, _ in people]


@pytest.mark.threat("M9")
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=120))
def test_parameters_are_read_by_another_implementation(text: str) -> None:
    octets = parameters("Content-Type", "text/plain", [("name", text), ("x", "y")])
    value = one_field(octets)
    assert content_type(value).parameter(b"x") == b"y"
    # The other one takes the quote after a backslash at the end for an escaped one.
    if text.strip() == text and text and not text.endswith("\\"):
        read = message_from_bytes(octets + b"\r\n", policy=policy.compat32).get_param("name")
        shown = read[2] if isinstance(read, tuple) else read
        if isinstance(read, tuple):
            shown = read[2].encode("latin-1").decode("utf-8")
        assert shown == text


@given(LINES)
def test_any_text_makes_a_message_that_another_implementation_reads(text: str) -> None:
    octets = text_message([unstructured("Subject", "x")], text)
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    read = message_from_bytes(octets, policy=policy.compat32).get_payload(decode=True)
    assert isinstance(read, bytes)
    wanted = text.replace("\r\n", "\n").replace("\r", "\n")
    found = read.decode("utf-8").replace("\r\n", "\n")
    assert found == (wanted if not wanted or wanted.endswith("\n") else wanted + "\n")


def test_a_report() -> None:
    octets = report_message(
        [unstructured("Subject", "Undelivered")],
        "delivery-status",
        [
            text_part("Käse\n", "Notification"),
            Part("message/delivery-status", b"Reporting-MTA: dns; x\r\n", description="Report"),
            Part("text/rfc822-headers", b"From: a@b\r\n"),
        ],
        "b1",
    )
    read = message_from_bytes(octets, policy=policy.default)
    assert read.get_content_type() == "multipart/report"
    assert read.get_param("report-type") == "delivery-status"
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/report", "text/plain", "message/delivery-status", "text/plain", "text/rfc822-headers",
    ]  # fmt: skip
    assert scan(octets).preview == "Käse"
    assert [name for name, _ in fields(octets[: octets.index(b"\r\n\r\n")])][:2] == [
        b"subject",
        b"mime-version",
    ]
    with pytest.raises(BadField):
        report_message([], "delivery-status", [text_part("--b1")], "b1")


def test_message_ids() -> None:
    assert message_id("mx.example", 255, b"\1\2") == "<ff.0102@mx.example>"
