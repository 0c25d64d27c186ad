"""Each method of RFC 6857 §3, and that nothing beyond ASCII is left where UTF-8 was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.address_lists import parse_list
from mailsuite.message.downgrading import (
    ADDRESSES,
    COMMENTED,
    ENCAPSULATED,
    MIME,
    downgrade_field,
    downgrade_header,
)
from mailsuite.message.words import decode_words


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Subject: plain", "Subject: plain"),
        ("Subject: Grüße", "Subject: =?utf-8?B?R3LDvMOfZQ==?="),
        ("X-Mood: ☃", "X-Mood: =?utf-8?B?4piD?="),
        ("From: Jörg <jorg@x.test>", "From: =?utf-8?B?SsO2cmc=?= <jorg@x.test>"),
        ("From: jorg@bücher.test", "From: jorg@xn--bcher-kva.test"),
        ("To: Ann <a@x.test>, jörg@x.test", "To: Ann <a@x.test>, =?utf-8?B?asO2cmdAeC50ZXN0?= :;"),
        (
            "From: Jörg <jörg@x.test>",
            "From: =?utf-8?B?SsO2cmc=?= =?utf-8?B?asO2cmdAeC50ZXN0?= :;",
        ),
        ('Cc: "Doe, J." <j@x.test>, ö@x.test', 'Cc: "Doe, J." <j@x.test>, =?utf-8?B?w7ZAeC50ZXN0?= :;'),
        ("To: Us: a@x.test, b@ü.test;", "To: Us: a@x.test, b@xn--tda.test ;"),
        ("To: Us: a@x.test, ö@x.test;", "To: Us =?utf-8?B?YUB4LnRlc3QsIMO2QHgudGVzdA==?= :;"),
        ("Return-Path: <ö@x.test>", "Return-Path: =?utf-8?B?w7ZAeC50ZXN0?= :;"),
        ("Sender: nobody ö", "Sender: =?utf-8?B?bm9ib2R5IMO2?= :;"),
        ("Date: Mon, 1 Jan 2024 00:00:00 +0000 (früh)", None),
        ("Message-ID: <ö@x.test>", "Downgraded-Message-ID: =?utf-8?B?PMO2QHgudGVzdD4=?="),
        ("References: <a@x.test> (ö)", "References: <a@x.test> (=?utf-8?B?w7Y=?=)"),
        (
            "Content-Type: text/plain; charset=utf-8; name=ö.txt",
            "Content-Type: text/plain; charset=\"utf-8\"; name*=utf-8''%C3%B6.txt",
        ),
        (
            'Content-Disposition: attachment; filename="ö.txt"; size=3',
            "Content-Disposition: attachment; filename*=utf-8''%C3%B6.txt; size=\"3\"",
        ),
        ("Content-Transfer-Encoding: ö", ""),
        ("Content-Type: ö/x", ""),
        ("Keywords: one, zwölf", "Keywords: one, =?utf-8?B?enfDtmxm?="),
        (
            "Received: from bücher.test by x.test with UTF8SMTP id 7 for <ö@x.test>; date",
            "Received: from xn--bcher-kva.test by x.test with UTF8SMTP id 7; date",
        ),
        ("Received: from <ö> by x.test; date", ""),
        ("No field ö", ""),
        ("Öde: x", ""),
    ],
)  # fmt: skip
def test_each_field_by_its_method(field: str, expected: str | None) -> None:
    made = downgrade_field(field.encode())
    assert made.isascii()
    if expected is not None:
        assert made.decode().replace("\r\n ", " ").removesuffix("\r\n") == expected


def test_what_is_no_utf8_stays_as_old_programs_wrote_it() -> None:
    header = b"Subject: Gr\xfc\xdfe\r\nFrom: a@x.test\r\n\r\n"
    assert downgrade_header(header) == header


def test_only_what_has_to_change_changes() -> None:
    kept = b"From:  a@x.test\r\nX-Odd :1\r\n folded\r\n"
    assert downgrade_header(kept + "Subject: ö\r\n\r\n".encode()) == (
        kept + b"Subject: =?utf-8?B?w7Y=?=\r\n\r\n"
    )


NAMES = sorted(ADDRESSES | COMMENTED | ENCAPSULATED | MIME | {b"received", b"keywords", b"subject"})
VALUES = st.text('ö☃a@x.;:,<>()"\\[]=?* \t', max_size=40)


@given(name=st.sampled_from(NAMES), value=VALUES)
def test_no_text_leaves_anything_but_lines_of_ascii(name: bytes, value: str) -> None:
    made = downgrade_field(b"%b: %b" % (name, value.encode()))
    if value.isascii():
        return
    assert made.isascii()
    assert not made or made.endswith(b"\r\n")
    lines = made.split(b"\r\n")[:-1]
    assert all(line[:1] in {b" ", b"\t"} for line in lines[1:])
    assert all(line.strip() and len(line) <= 998 for line in lines)


@given(name=st.sampled_from(sorted(ADDRESSES)), value=VALUES)
def test_no_address_comes_out_that_was_not_in_it(name: bytes, value: str) -> None:
    """Whoever answers to a surrogate writes to nobody else (RFC 6858 §2.1)."""
    if value.isascii():
        return
    made = downgrade_field(b"%b: %b" % (name, value.encode()))
    before = {entry.mailbox for entry in parse_list(value.encode()) if entry.host}
    after = {e.mailbox for e in parse_list(made.partition(b":")[2]) if e.host}
    assert after <= before


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_a_subject_says_the_same(text: str) -> None:
    made = downgrade_field(f"Subject: {text}".encode())
    if not text.isascii():
        assert decode_words(made.partition(b":")[2]) == text.strip(" \t")
