"""Chains against TLSA records: what RFC 6698, 7671 and 7672 say of each kind."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256, sha512
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.wire.client_tls import ClientTls
from mailsuite.wire.pinning import Unproven, check_chain, usable
from mailsuite.wire.proof import Flaw, Pin, Proof, Trust
from mailsuite.wire.tls import Certificates
from mailsuite.wire.tunnel import Broken
from tests.wire.test_tls import NOW, Authority, shake

HASHES = {0: bytes, 1: lambda octets: sha256(octets).digest(), 2: lambda o: sha512(o).digest()}


def pin(certificate: x509.Certificate, usage: int, selector: int = 0, matching: int = 1) -> Pin:
    octets = (
        certificate.public_bytes(Encoding.DER)
        if selector == 0
        else certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    return Pin(usage, selector, matching, HASHES[matching](octets))


class Chain:
    """A host's certificate and its authority's."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        (self.root,) = x509.load_pem_x509_certificates(self.authority.file.read_bytes())
        self.pair = self.authority.issue("mx", "mx.test")
        (self.leaf,) = x509.load_pem_x509_certificates(self.pair.certificate.read_bytes())
        expired = self.authority.issue("old", "mx.test", days=-1)
        (self.expired,) = x509.load_pem_x509_certificates(expired.certificate.read_bytes())

    def flaw(
        self,
        *pins: Pin,
        shown: Sequence[x509.Certificate] = (),
        names: Sequence[str] = ("mx.test",),
    ) -> Flaw | None:
        try:
            check_chain(shown or (self.leaf, self.root), pins, names, lambda: NOW)
        except Unproven as unproven:
            return unproven.flaw
        return None


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    return Chain(tmp_path_factory.mktemp("chain"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    return Chain(tmp_path_factory.mktemp("other"))


@pytest.mark.threat("T3")
@pytest.mark.parametrize("matching", [0, 1, 2])
@pytest.mark.parametrize("selector", [0, 1])
def test_each_kind_of_record_holds_for_its_own_alone(
    chain: Chain, other: Chain, selector: int, matching: int
) -> None:
    for usage, mine, others in ((3, chain.leaf, other.leaf), (2, chain.root, other.root)):
        assert chain.flaw(pin(mine, usage, selector, matching)) is None
        assert chain.flaw(pin(others, usage, selector, matching)) is Flaw.NOT_TRUSTED
        # One that fits is enough.
        good, bad = pin(mine, usage, selector, matching), pin(others, usage, selector, matching)
        assert chain.flaw(bad, good) is None


def test_a_pinned_certificate_may_be_old_and_for_another_name(chain: Chain) -> None:
    """RFC 7672 §3.1.1: the record is its name and its date."""
    assert chain.flaw(pin(chain.expired, 3), shown=[chain.expired], names=["x.test"]) is None


def test_a_pinned_authority_vouches_for_a_name_and_a_time(chain: Chain) -> None:
    anchor = pin(chain.root, 2)
    assert chain.flaw(anchor, names=["other.test"]) is Flaw.HOST_MISMATCH
    assert chain.flaw(anchor, names=["other.test", "mx.test"]) is None
    assert chain.flaw(anchor, shown=[chain.expired, chain.root]) is Flaw.EXPIRED


def test_an_authority_that_is_shown_and_did_not_sign_is_worth_nothing(
    chain: Chain, other: Chain
) -> None:
    """Anybody can send anybody's certificate along."""
    assert chain.flaw(pin(chain.root, 2), shown=[other.leaf, chain.root]) is Flaw.NOT_TRUSTED
    assert chain.flaw(pin(chain.leaf, 2), shown=[chain.leaf]) is Flaw.NOT_TRUSTED
    assert chain.flaw(pin(chain.leaf, 3), shown=[other.leaf, chain.leaf]) is Flaw.NOT_TRUSTED


def test_an_authority_is_shown_or_stands_in_the_record_itself(chain: Chain) -> None:
    assert chain.flaw(pin(chain.root, 2), shown=[chain.leaf]) is Flaw.NOT_TRUSTED
    assert chain.flaw(pin(chain.root, 2, 0, 0), shown=[chain.leaf]) is None
    assert chain.flaw(Pin(2, 0, 0, b"no certificate"), shown=[chain.leaf]) is Flaw.NOT_TRUSTED


@pytest.mark.parametrize(
    ("record", "is_usable"),
    [
        (Pin(0, 0, 1, bytes(32)), False),
        (Pin(1, 1, 1, bytes(32)), False),
        (Pin(3, 1, 1, bytes(32)), True),
        (Pin(3, 1, 2, bytes(64)), True),
        (Pin(2, 0, 0, b"x"), True),
        (Pin(3, 1, 1, bytes(31)), False),
        (Pin(3, 1, 2, bytes(32)), False),
        (Pin(3, 1, 0, b""), False),
        (Pin(3, 2, 1, bytes(32)), False),
        (Pin(3, 1, 3, bytes(32)), False),
        (Pin(255, 255, 255, b""), False),
    ],
)
def test_what_can_be_used(record: Pin, is_usable: bool) -> None:
    assert usable([record]) == ((record,) if is_usable else ())


def test_the_best_digest_of_a_kind_counts_alone() -> None:
    """RFC 7671 §9: a host that publishes SHA-512 need not be believed by SHA-256."""
    old, new, whole = Pin(3, 1, 1, bytes(32)), Pin(3, 1, 2, bytes(64)), Pin(3, 1, 0, b"key")
    elsewhere = Pin(2, 1, 1, bytes(32))
    assert usable([old, new, whole, elsewhere]) == (new, whole, elsewhere)


@settings(max_examples=30)
@given(
    pins=st.lists(
        st.builds(
            Pin, st.integers(0, 4), st.integers(0, 2), st.integers(0, 3), st.binary(max_size=70)
        ),
        max_size=30,
    )
)
def test_no_record_that_was_not_made_for_it_lets_a_chain_through(
    chain: Chain, pins: list[Pin]
) -> None:
    found = usable(pins)
    assert len(found) <= 20
    assert chain.flaw(*found) is Flaw.NOT_TRUSTED


@pytest.mark.threat("T3")
def test_a_handshake_goes_by_the_pins(chain: Chain, other: Chain) -> None:
    """The right host without any public authority; the wrong one with the right name."""
    proof = Proof(Trust.PINNED, (pin(chain.leaf, 3, 1),))
    client = ClientTls()
    right = Certificates([chain.pair], lambda: NOW)
    tunnel = client.tunnel("mx.test", proof)
    shake(right.tunnel(b"smtp"), tunnel)
    assert tunnel.established
    wrong = Certificates([other.pair], lambda: NOW)
    with pytest.raises(Broken) as broken:
        shake(wrong.tunnel(b"smtp"), client.tunnel("mx.test", proof))
    assert broken.value.flaw is Flaw.NOT_TRUSTED
    assert NOW + timedelta(days=1) < chain.leaf.not_valid_after_utc
