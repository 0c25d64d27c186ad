"""Keys of SORT and THREAD from a header (RFC 5256, RFC 5957)."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.ordering import KEY_OCTETS, order_keys
from mailsuite.message.threading import message_hash


def test_all_keys_of_a_message() -> None:
    keys = order_keys(
        b"From: =?utf-8?q?=C3=89mile?= <emile@example.org>, x@y\r\n"
        b"To: ann@example.test\r\nCc: Carl <carl@example.net>\r\n"
        b"Date: Mon, 31 Dec 2000 16:01:33 -0800\r\nSubject: Re: [x]\r\n  =?utf-8?q?h=C3=A9llo?=\r\n"
        b"Message-ID: <1@x>\r\nReferences: <a@b>\r\n <c@d>\r\nSubject: second\r\n\r\n"
    )
    assert keys.sent_at == 978_307_293  # §2.2: 1 Jan 2001 00:01:33 +0000
    assert (keys.subject, keys.reply) == ("HE\u0301LLO".encode(), 1)
    assert (keys.from_mailbox, keys.to_mailbox, keys.cc_mailbox) == (b"EMILE", b"ANN", b"CARL")
    assert keys.from_display == "E\u0301MILE".encode()
    assert keys.to_display == b"ANN@EXAMPLE.TEST"
    assert keys.own == message_hash(b"1@x")
    assert struct.unpack("<2q", keys.ancestors) == (message_hash(b"a@b"), message_hash(b"c@d"))


@pytest.mark.parametrize(
    ("value", "mailbox", "display"),
    [
        (b"", b"", b""),
        (b"Bob <bob@x.y>", b"BOB", b"BOB"),
        (b"bob@x.y", b"BOB", b"BOB@X.Y"),
        (b'"" <bob@x.y>', b"BOB", b"BOB@X.Y"),
        (b"=?utf-8?q??= <bob@x.y>", b"BOB", b"BOB@X.Y"),
        (b"friends: bob@x.y;", b"FRIENDS", b"FRIENDS"),
        (b"(Bob) bob@x.y", b"BOB", b"BOB"),
    ],
)
def test_what_an_address_is_sorted_by(value: bytes, mailbox: bytes, display: bytes) -> None:
    """RFC 5957 §3: the name, else mailbox@host, else the mailbox; of ENVELOPE's first address."""
    keys = order_keys(b"From: %b\r\n\r\n" % value)
    assert (keys.from_mailbox, keys.from_display) == (mailbox, display)


@pytest.mark.threat("M10")
@pytest.mark.parametrize(
    "date", [b"", b"x", b"1 Jan 0 00:00:00 +0000", b"1 Jan 99999 00:00 +0000", b"1 Jan 2001 +9999"]
)
def test_a_date_that_is_none_is_told_as_none(date: bytes) -> None:
    """The arrival counts then (RFC 5256 §2.2)."""
    assert order_keys(b"Date: %b\r\n\r\n" % date).sent_at == 0


def test_a_long_subject_is_a_short_key_that_differs() -> None:
    """Two subjects that differ behind the first 256 octets are no thread."""
    one, other = (order_keys(b"Subject: %b%b\r\n\r\n" % (b"a" * 900, end)) for end in (b"x", b"y"))
    assert len(one.subject) == len(other.subject) == KEY_OCTETS
    assert one.subject != other.subject
    assert one.subject[:200] == other.subject[:200]


@given(st.binary(max_size=300))
def test_no_header_breaks_it(octets: bytes) -> None:
    keys = order_keys(octets)
    assert -(2**63) <= keys.sent_at < 2**63
    texts = (keys.subject, keys.from_mailbox, keys.from_display, keys.to_display)
    assert all(len(text) <= KEY_OCTETS for text in texts)
