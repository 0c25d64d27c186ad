"""Mail that goes round in circles."""

import pytest

from mailsuite.errors import MailLoop
from tests.intake.conftest import House

HOP = b"Received: from a by b; Tue, 24 Nov 2026 08:30:00 +0000\r\n"


@pytest.mark.threat("S9")
def test_hops_are_counted(house: House) -> None:
    house.mail(HOP * 50 + b"\r\nbody")
    with pytest.raises(MailLoop):
        house.mail(HOP * 51 + b"\r\nbody")
    # Only fields of the header are hops.
    house.mail(b"\r\n" + HOP * 51)


@pytest.mark.threat("S9")
@pytest.mark.parametrize(
    ("value", "to"),
    [
        (b"me@example.test", "me@example.test"),
        (b" <ME@Example.test> ", "other@example.test"),
        (b"away@example.test", "away@example.test"),
        (b"x@y\r\nDelivered-To: team@example.test", "team@example.test"),
    ],
)
def test_what_was_delivered_here_before_is_a_loop(house: House, value: bytes, to: str) -> None:
    with pytest.raises(MailLoop):
        house.mail(b"Delivered-To: " + value + b"\r\n\r\n", to=to)


def test_what_was_delivered_to_somebody_else_is_none(house: House) -> None:
    house.mail(b"Delivered-To: you@example.test\r\n\r\n")
    assert len(house.stored()) == 1


@pytest.mark.threat("S9")
def test_an_alias_that_points_back_ends(house: House) -> None:
    """Our own queue entry, come back to us by the other host, is recognised."""
    house.mail(b"Subject: x\r\n\r\n", to="away@example.test")
    (entry,) = house.queued()
    with pytest.raises(MailLoop):
        house.mail(entry.prefix + b"Subject: x\r\n\r\n", to="away@example.test")


def test_people_send_again_what_they_once_got(house: House) -> None:
    house.submit(
        b"Delivered-To: you@example.test\r\nFrom: me@example.test\r\n\r\n", "you@example.test"
    )
    assert len(house.stored()) == 1
