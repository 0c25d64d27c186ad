"""Conversion to 7-bit keeps what every part says."""

import email
import email.policy
from typing import Any

import pytest

from mailsuite.message.sevenbit import CannotConvert, seven_bit

PLAIN = "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n".encode()
MIXED = (
    'MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary="b 1"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
    "preamble\r\n--b 1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n"
    "--b 1\r\n\r\nplain\r\n--b 1\r\nContent-Type: message/rfc822\r\n\r\n"
    + PLAIN.decode()
    + "--b 1--\r\nepilogue\r\n"
).encode()


def text_of(part: Any) -> bytes:
    payload: bytes = part.get_payload(decode=True)
    return payload.rstrip()


@pytest.mark.parametrize("octets", [PLAIN, MIXED])
def test_every_part_reads_as_before(octets: bytes) -> None:
    converted = seven_bit(octets)
    assert converted.isascii()
    before, after = (
        email.message_from_bytes(o, policy=email.policy.default) for o in (octets, converted)
    )
    for old, new in zip(before.walk(), after.walk(), strict=True):
        assert old.get_content_type() == new.get_content_type()
        if old.get_content_maintype() == "text":
            assert text_of(new) == text_of(old)


def test_a_binary_part_goes_as_base64() -> None:
    octets = b"MIME-Version: 1.0\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x00\xff\n\r\x00"
    after = email.message_from_bytes(seven_bit(octets))
    assert after.get_payload(decode=True) == b"\x00\xff\n\r\x00"
    assert after["Content-Transfer-Encoding"] == "base64"


def test_what_is_ascii_is_not_touched() -> None:
    assert seven_bit(b"Subject: x\r\n\r\nhello\r\n") == b"Subject: x\r\n\r\nhello\r\n"


@pytest.mark.parametrize(
    "octets",
    [
        b"Subject: \xff\r\n\r\nhello",
        b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xff\r\n--b--\r\n",
        b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n\xff\r\n--b--\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\xff",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\xff\r\n--b\r\n\r\nx\r\n--b--\r\n",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff\r\n",
        b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n\xff\r\n",
        b"Content-Type: message/partial\r\n\r\n\xff\r\n",
        b"no header \xff",
        b"Content-Type: message/rfc822\r\n\r\n" * 30 + b"\xff",
    ],
)
def test_what_is_doubtful_is_refused(octets: bytes) -> None:
    with pytest.raises(CannotConvert):
        seven_bit(octets)
