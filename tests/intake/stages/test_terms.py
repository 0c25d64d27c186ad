"""Header fields that ask how the message be carried."""

import pytest
from attrs import evolve

from mailsuite.intake.envelope import Kind
from mailsuite.message.terms import Terms
from mailsuite.store.queue_rows import Entry
from tests.intake.conftest import House


def sent(house: House, octets: bytes, terms: Terms | None = None, *, given: bool = False) -> Entry:
    envelope = house.envelope("far@elsewhere.example", sender="me@example.test")
    envelope = evolve(envelope, terms=terms or Terms(), priority_given=given)
    house.accept(house.source(Kind.SUBMISSION), envelope, octets)
    (entry,) = house.queued()
    return entry


@pytest.mark.parametrize(
    ("header", "tls"),
    [
        (b"TLS-Required: No\r\n", "no"),
        (b"tls-required:\r\n no\r\n", "no"),
        (b"TLS-Required: Yes\r\n", ""),
        (b"TLS-Required: No\r\nTLS-Required: No\r\n", ""),
        (b"X-TLS-Required: No\r\n", ""),
    ],
)
def test_tls_may_be_given_up(house: House, header: bytes, tls: str) -> None:
    """RFC 8689 §3."""
    assert sent(house, header + b"\r\nbody").terms.tls == tls


def test_the_parameter_outweighs_the_field(house: House) -> None:
    """RFC 8689 §4.1."""
    entry = sent(house, b"TLS-Required: No\r\n\r\nbody", Terms(tls="required"))
    assert entry.terms.tls == "required"


def test_a_priority_in_the_header_counts_where_the_parameter_is_not_given(house: House) -> None:
    """RFC 6758 §3.1; and a submitted message leaves without the field."""
    entry = sent(house, b"MT-Priority: 4\r\nSubject: x\r\n\r\nbody")
    assert entry.terms.priority == 4
    assert b"PRIORITY 4;" in entry.prefix


def test_the_parameter_outweighs_the_priority_in_the_header(house: House) -> None:
    entry = sent(house, b"MT-Priority: 4\r\n\r\nbody", Terms(priority=0), given=True)
    assert entry.terms.priority == 0


@pytest.mark.parametrize("header", [b"MT-Priority: 40\r\n", b"MT-Priority: 1\r\n" * 2])
def test_a_priority_that_cannot_be_read_is_none(house: House, header: bytes) -> None:
    assert sent(house, header + b"\r\nbody").terms.priority == 0


@pytest.mark.parametrize(("asked", "granted"), [(b"9", 0), (b"-4", -4)])
def test_a_stranger_cannot_hurry(house: House, asked: bytes, granted: int) -> None:
    """RFC 6710 §4.1; what others sent is kept as it came, since a signature may cover it."""
    octets = b"MT-Priority: " + asked + b"\r\n\r\nbody"
    house.mail(octets, to="team@example.test")
    (entry,) = house.queued()
    assert entry.terms.priority == granted
    assert all(stored.endswith(octets) for _, stored in house.stored())
