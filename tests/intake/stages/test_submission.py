"""What a submission server adds and removes."""

import pytest

from mailsuite.errors import NotYourAddress
from tests.intake.conftest import House

DATE = b"Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n"
IDENTITY = b"Message-ID: <6b49d200.010101010101010101010101@mx.example.test>\r\n"


def after_trace(octets: bytes) -> bytes:
    return octets.partition(b" +0000\r\n")[2]


def test_missing_fields_are_added(house: House) -> None:
    house.submit(b"Subject: x\r\n\r\nbody")
    sender = b"From: me@example.test\r\n"
    assert after_trace(house.one()) == DATE + sender + IDENTITY + b"Subject: x\r\n\r\nbody"


def test_what_is_there_is_left_alone(house: House) -> None:
    octets = b"dAtE: then\r\nMESSAGE-id: <1@x>\r\nFrom: me@example.test\r\n\r\nbody"
    house.submit(octets)
    assert after_trace(house.one()) == octets


def test_bcc_is_removed_with_its_folding(house: House) -> None:
    octets = (
        b"Date: d\r\nBcc: a@b,\r\n c@d\r\nMessage-ID: <1@x>\r\nFrom: me@example.test\r\n"
        b"bcc : e@f\r\nResent-Bcc: g@h\r\nX-Bcc: kept\r\n\r\nBcc: in the body\r\n"
    )
    house.submit(octets)
    assert after_trace(house.one()) == (
        b"Date: d\r\nMessage-ID: <1@x>\r\nFrom: me@example.test\r\nX-Bcc: kept\r\n\r\n"
        b"Bcc: in the body\r\n"
    )


def test_mail_from_other_hosts_is_not_completed(house: House) -> None:
    house.mail(b"Bcc: x@y\r\n\r\nbody")
    assert house.one().endswith(b"+0000\r\nBcc: x@y\r\n\r\nbody")


def test_a_message_without_a_header_gets_one(house: House) -> None:
    house.submit(b"\r\nbody")
    assert after_trace(house.one()).endswith(IDENTITY + b"\r\nbody")


@pytest.mark.threat("S2")
def test_too_many_authors_are_refused(house: House) -> None:
    people = b", ".join(b"me+%d@example.test" % n for n in range(101))
    with pytest.raises(NotYourAddress):
        house.submit(b"From: " + people + b"\r\n\r\n")
