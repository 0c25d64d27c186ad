"""Responses as they stand on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.directory.sasl.exchange import Malformed, decoded, encoded


@given(octets=st.binary(min_size=1))
def test_what_is_encoded_is_decoded(octets: bytes) -> None:
    assert decoded(encoded(octets)) == octets


def test_an_equals_sign_is_an_empty_response() -> None:
    assert decoded(b"=") == b""
    assert decoded(b"") == b""


@pytest.mark.threat("A7")
@pytest.mark.parametrize(
    "octets", [b"=AAA", b"AAA=BBB", b"A", b"AAAA\n", b"A A=", b"\xff", b"A" * 25_000]
)
def test_base64_is_strict_and_bounded(octets: bytes) -> None:
    """RFC 5034 §4: characters outside the alphabet are refused, not passed over."""
    with pytest.raises(Malformed):
        decoded(octets)
