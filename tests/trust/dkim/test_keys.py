"""Key records: sizes, exponents, flags."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailsuite.trust.dkim.keys import check_key, read_key
from mailsuite.trust.dkim.signature import BadSignature, read_signature
from tests.trust.dkim.letters import ED25519, LETTER, RSA, record, signed


def rsa_record(bits: int, exponent: int = 65_537) -> bytes:
    """A record with a number of so many bits in it: nobody needs its factors here."""
    key = RSAPublicNumbers(exponent, (1 << bits) - 1).public_key()
    octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; p=" + base64.b64encode(octets)


@pytest.mark.threat("D8")
@pytest.mark.parametrize(("bits", "usable"), [
    (512, False), (1_023, False), (1_024, True), (2_048, True), (4_096, True), (4_097, False),
    (16_384, False),
])  # fmt: skip
def test_keys_too_weak_or_too_costly_prove_nothing(bits: int, usable: bool) -> None:
    if usable:
        assert read_key(rsa_record(bits)).type == "rsa"
        return
    with pytest.raises(BadSignature) as refused:
        read_key(rsa_record(bits))
    assert refused.value.word == "neutral"


@pytest.mark.threat("D8")
def test_an_exponent_that_costs_time_is_refused() -> None:
    with pytest.raises(BadSignature) as refused:
        read_key(rsa_record(2_048, (1 << 60) + 1))
    assert refused.value.word == "neutral"


def test_the_bare_form_of_an_rsa_key_is_read_too() -> None:
    """RFC 6376 says RSAPublicKey; everybody publishes SubjectPublicKeyInfo."""
    octets = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert read_key(b"p=" + base64.b64encode(octets)).type == "rsa"


def test_t_s_forbids_a_sub_domain_in_i() -> None:
    """dkimpy lets it pass."""
    value = signed()[: -len(LETTER)].partition(b":")[2].strip(b"\r\n")
    inside = value.replace(b"d=example.org;", b"d=example.org; i=ann@mail.example.org;")
    strict, lax = (read_key(record(ED25519, flags).encode()) for flags in (" t=y:s;", " t=y;"))
    check_key(lax, read_signature(inside))
    check_key(strict, read_signature(value))
    with pytest.raises(BadSignature):
        check_key(strict, read_signature(inside))
    assert strict.testing
