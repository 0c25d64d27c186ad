"""Surrogates of whole messages."""

import pytest

from mailsuite.errors import NeedsUtf8
from mailsuite.message.parts import pack, rows
from mailsuite.message.surrogate import REWRITTEN_OCTETS, header_spans, surrogate
from mailsuite.message.tree import walk

MIXED = """\
From: Jörg <jörg@x.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Grüße
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="ö.pdf"

x
--b
Content-Type: message/global

Subject: Ä

Ä
--b--
""".replace("\n", "\r\n").encode()
REPORT = """\
From: a@x.test
Content-Type: multipart/report; report-type=global-delivery-status; boundary=b

--b
Content-Type: message/global-delivery-status

Reporting-MTA: dns; x.test

Original-Recipient: utf-8;jö+r@x.test
Final-Recipient: rfc822; a@x.test
Action: failed
Remote-MTA: dns; y.test
--b--
""".replace("\n", "\r\n").encode()


def test_ascii_is_given_as_it_is() -> None:
    octets = b"Subject: one\r\n\r\nx\r\n"
    assert surrogate(octets) is octets


def test_headers_of_all_parts_change_and_bodies_do_not() -> None:
    made = surrogate(MIXED)
    assert b"Gr\xc3\xbc\xc3\x9fe" in made
    assert b"filename*=utf-8''%C3%B6.pdf\r\n\r\nx\r\n" in made
    assert b"Subject: =?utf-8?B?w4Q=?=\r\n\r\n\xc3\x84\r\n" in made
    assert made.startswith(b"From: =?utf-8?B?SsO2cmc=?= =?utf-8?B?asO2cmdAeC50ZXN0?= :;\r\n")
    before, after = walk(MIXED), walk(made)
    assert [(e.kind, e.parent) for e in after] == [(e.kind, e.parent) for e in before]
    assert all(made[e.start : e.body].isascii() for e in after)


def test_eight_bit_bodies_alone_change_nothing() -> None:
    octets = b"Subject: one\r\n\r\n\xc3\x84\r\n"
    assert surrogate(octets) is octets


def test_reports_name_their_recipients_in_ascii() -> None:
    """RFC 6857 §3.1.9: as RFC 6533 §3 writes them."""
    made = surrogate(REPORT)
    assert b"Original-Recipient: utf-8;j\\x{F6}\\x{2B}r@x.test\r\n" in made
    assert b"Final-Recipient: rfc822; a@x.test\r\n" in made


@pytest.mark.threat("P5")
def test_what_would_cost_too_much_is_refused() -> None:
    field = "X: {}\r\n".format("ö" * 60).encode()
    octets = field * (REWRITTEN_OCTETS // len(field) + 1) + b"\r\n"
    with pytest.raises(NeedsUtf8):
        surrogate(octets)


def test_spans_are_those_of_the_tree() -> None:
    prefix = b"Return-Path: <>\r\n"
    spans = header_spans(rows(pack(walk(MIXED))), len(prefix))
    whole = prefix + MIXED
    assert spans[0][0] == 0
    assert all(whole[start:end].endswith(b"\r\n\r\n") for start, end in spans)
    assert [e.body for e in walk(whole)] == [end for _, end in spans]
