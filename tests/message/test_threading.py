"""What a message says of its ancestry (RFC 5256 §3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.threading import (
    REFERENCES,
    message_hash,
    normalised,
    own_hash,
    reference_hashes,
)


def hashes(*ids: bytes) -> list[int]:
    return [message_hash(octets) for octets in ids]


def test_the_example_of_quoting() -> None:
    """RFC 5256 §3: the two MUST be the same Message ID."""
    quoted = own_hash({b"message-id": b'<"01KF8JCEOCBS0045PS"@xxx.yyy.com>'})
    assert quoted == own_hash({b"message-id": b"<01KF8JCEOCBS0045PS@xxx.yyy.com>"})
    assert normalised(rb'"a\"b"@c') == b'a"b@c'


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({}, []),
        ({b"references": b"<a@b> <c@d>"}, [b"a@b", b"c@d"]),
        ({b"references": b"<a@b><c@d>", b"in-reply-to": b"<e@f>"}, [b"a@b", b"c@d"]),
        ({b"references": b"", b"in-reply-to": b"<e@f>"}, [b"e@f"]),
        ({b"references": b"nothing", b"in-reply-to": b"<e@f> <g@h>"}, [b"e@f"]),
        ({b"in-reply-to": b'Message of "Mon, 1 Jan" <e@f> bob <bob@x>'}, [b"e@f"]),
        ({b"in-reply-to": b"no id"}, []),
        ({b"references": b"<> < a@b > <a b@c> <x@y>"}, [b"x@y"]),
    ],
)
def test_which_are_its_references(fields: dict[bytes, bytes], ids: list[bytes]) -> None:
    """References, else the first of In-Reply-To."""
    assert reference_hashes(fields) == hashes(*ids)


def test_without_a_valid_id_it_has_none() -> None:
    assert own_hash({}) == own_hash({b"message-id": b"no brackets"}) == 0


@pytest.mark.threat("M10")
def test_an_endless_id_is_bounded() -> None:
    """A Message-ID of 1 MiB is none; of as many references the first and last 100 count."""
    assert own_hash({b"message-id": b"<" + b"a" * 2**20 + b">"}) == 0
    many = [b"%d@x" % n for n in range(1_000)]
    value = b" ".join(b"<%b>" % octets for octets in many)
    assert reference_hashes({b"references": value}) == hashes(many[0], *many[1 - REFERENCES :])
    filler = b" ".join(b"<%d@x>" % n for n in range(100_000))
    assert len(reference_hashes({b"references": filler})) == REFERENCES


@given(st.binary())
def test_a_number_fits_into_a_column(octets: bytes) -> None:
    """Signed, 64 bits, and never the one that stands for none."""
    assert message_hash(octets) != 0
    assert -(2**63) <= message_hash(octets) < 2**63
