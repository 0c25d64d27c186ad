"""Certificates of clients: asked for, verified, and never a reason to end the handshake."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import SSL

from mailsuite.wire.client_certificates import identity
from mailsuite.wire.client_tls import ClientTls
from mailsuite.wire.link import PeerCertificate
from mailsuite.wire.proof import ANYBODY
from mailsuite.wire.tls import BadPair, Certificates
from mailsuite.wire.tunnel import Tunnel
from tests.wire.test_tls import NOW, Authority, shake

UTF8 = "\N{GREEK SMALL LETTER ALPHA}@a.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("clients"))


def person(
    authority: Authority,
    *names: x509.GeneralName,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    days: int = 3650,
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ann")]))
        .issuer_name(authority.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=900))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return made, key


def met(
    certificates: Certificates,
    shows: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    version: int = SSL.TLS1_3_VERSION,
) -> PeerCertificate | None:
    """What the server knows of a client after the handshake; a second name, so that SNI acts."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(version)
    if shows is not None:
        context.use_certificate(shows[0])
        context.use_privatekey(shows[1])
    connection = SSL.Connection(context, None)
    connection.set_connect_state()
    connection.set_tlsext_host_name(b"b.example")
    server, client = certificates.asking_tunnel(b"imap"), Tunnel(connection)
    shake(server, client)
    assert server.established
    agreed = server.agreed()
    assert agreed.server_name == "b.example"
    return agreed.peer_certificate


@pytest.fixture
def asking(authority: Authority) -> Certificates:
    pairs = [authority.issue("a", "a.example"), authority.issue("b", "b.example")]
    certificates = Certificates(pairs, lambda: NOW)
    certificates.ask_clients(authority.file)
    return certificates


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_a_certificate_of_the_authority_is_known_by_its_names(
    asking: Certificates, authority: Authority, version: int
) -> None:
    other = UTF8.encode()
    mailbox = x509.OtherName(
        x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9"), bytes((12, len(other))) + other
    )
    ann = person(
        authority, x509.RFC822Name("ann@a.example"), mailbox, x509.DNSName("Laptop.a.example")
    )
    found = met(asking, ann, version)
    assert found == PeerCertificate(
        "CN=Ann",
        ("ann@a.example", UTF8),
        ("laptop.a.example",),
        ann[0].fingerprint(hashes.SHA256()).hex(),
    )


def test_any_other_is_as_if_none_had_been_shown(
    asking: Certificates, authority: Authority, tmp_path: Path
) -> None:
    """A phone that shows what it has can still sign in by its password."""
    address = x509.RFC822Name("ann@a.example")
    assert met(asking, None) is None
    assert met(asking, person(Authority(tmp_path), address)) is None
    assert met(asking, person(authority, address, days=-300)) is None
    assert met(asking, person(authority, address, usage=ExtendedKeyUsageOID.SERVER_AUTH)) is None


def test_nobody_is_asked_without_authorities_or_at_a_door_for_hosts(authority: Authority) -> None:
    pairs = [authority.issue("a", "a.example"), authority.issue("b", "b.example")]
    certificates = Certificates(pairs, lambda: NOW)
    ann = person(authority, x509.RFC822Name("ann@a.example"))
    assert met(certificates, ann) is None
    certificates.ask_clients(authority.file)
    assert met(certificates, ann) is not None
    server = certificates.tunnel(b"smtp")
    shake(server, ClientTls().tunnel("b.example", ANYBODY))
    assert server.agreed().peer_certificate is None
    certificates.ask_clients(None)
    assert met(certificates, ann) is None


def test_a_file_that_cannot_be_used_leaves_what_was_asked_before(
    asking: Certificates, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    for bad in (tmp_path / "none.pem", tmp_path / "empty.pem"):
        with pytest.raises(BadPair, match="no certificate"):
            asking.ask_clients(bad)
    assert met(asking, person(authority, x509.RFC822Name("ann@a.example"))) is not None


@pytest.mark.parametrize("der", [b"\x0c\x00", b"\x04\x02ab", b"\x02\x01\x05"])
def test_an_address_that_is_no_text_is_none(authority: Authority, der: bytes) -> None:
    mailbox = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9"), der)
    found = identity(person(authority, mailbox)[0])
    assert found is not None
    assert found.addresses == ()


def test_a_long_address_beyond_ascii_is_read(authority: Authority) -> None:
    text = "\N{GREEK SMALL LETTER ALPHA}" * 60 + "@" + "a" * 60 + ".example"
    der = bytes((12, 0x81, len(text.encode()))) + text.encode()
    mailbox = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9"), der)
    found = identity(person(authority, mailbox)[0])
    assert found is not None
    assert found.addresses == (text,)
