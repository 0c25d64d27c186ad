"""What each kind of client takes of each kind of certificate."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mailsuite.wire import tls
from mailsuite.wire.client_tls import ClientTls
from mailsuite.wire.proof import ANYBODY, VERIFIED, Flaw, Proof, Trust
from mailsuite.wire.tls import Certificates, Pair
from mailsuite.wire.tunnel import Broken
from tests.wire.test_tls import NOW, Authority, shake

NAME = "mx.a.test"
NOTED = Proof(Trust.NOTED)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def named_in_subject(authority: Authority, name: str) -> Pair:
    """A certificate whose common name is right and that has no alternative names at all."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(authority.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(authority.key, hashes.SHA256())
    )
    pair = Pair(authority.folder / "cn.pem", authority.folder / "cn.key")
    tls._write(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM))
    tls._write(pair.key, tls._pem(key))
    return pair


def outcome(pair: Pair, client: ClientTls, proof: Proof) -> tuple[bool, Flaw | None]:
    """Whether the handshake ended well, and what was wrong."""
    server, tunnel = Certificates([pair], lambda: NOW).tunnel(b"smtp"), client.tunnel(NAME, proof)
    try:
        shake(server, tunnel)
    except Broken as broken:
        return False, broken.flaw
    return tunnel.established, tunnel.agreed().flaw


@pytest.mark.threat("T6")
@pytest.mark.parametrize(
    ("names", "flaw"),
    [
        ([NAME], None),
        (["*.a.test"], None),
        (["other.test", NAME], None),
        (["other.test"], Flaw.HOST_MISMATCH),
        (["a.test"], Flaw.HOST_MISMATCH),
        (["*.mx.a.test"], Flaw.HOST_MISMATCH),
        (["m*.a.test"], Flaw.HOST_MISMATCH),
        (["*"], Flaw.HOST_MISMATCH),
        (["*.*.test"], Flaw.HOST_MISMATCH),
        (["*.test"], Flaw.HOST_MISMATCH),
    ],
)
def test_a_name_holds_by_its_whole_labels(
    authority: Authority, names: list[str], flaw: Flaw | None
) -> None:
    pair = authority.issue("named", *names)
    client = ClientTls(authority.file)
    assert outcome(pair, client, VERIFIED) == (flaw is None, flaw)
    assert outcome(pair, client, NOTED) == (True, flaw)
    assert outcome(pair, client, ANYBODY) == (True, None)


@pytest.mark.threat("T6")
def test_a_common_name_is_no_name(authority: Authority) -> None:
    pair = named_in_subject(authority, NAME)
    assert outcome(pair, ClientTls(authority.file), VERIFIED) == (False, Flaw.HOST_MISMATCH)


@pytest.mark.threat("T6")
def test_expired_and_unknown_are_told_apart(authority: Authority, tmp_path: Path) -> None:
    client = ClientTls(authority.file)
    good = authority.issue("good", NAME)
    strange = Authority(tmp_path).issue("strange", NAME)
    assert outcome(strange, client, VERIFIED) == (False, Flaw.NOT_TRUSTED)
    assert outcome(strange, client, NOTED) == (True, Flaw.NOT_TRUSTED)
    assert outcome(good, ClientTls(), VERIFIED) == (False, Flaw.NOT_TRUSTED)
    # Valid when the host loaded it; by now it is not.
    old = authority.issue("old", NAME, days=1)
    assert outcome(old, client, VERIFIED) == (False, Flaw.EXPIRED)
    assert outcome(old, client, NOTED) == (True, Flaw.EXPIRED)
