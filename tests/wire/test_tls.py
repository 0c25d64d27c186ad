"""Certificates and both sides of TLS, over memory."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from mailsuite.wire import tls
from mailsuite.wire.client_tls import ClientTls
from mailsuite.wire.proof import ANYBODY, VERIFIED
from mailsuite.wire.tls import BadPair, Certificates, Pair, load, self_signed
from mailsuite.wire.tunnel import Broken, Tunnel

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Authority:
    """Issues pairs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / "ca.pem"
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        self.file.write_bytes(tls._pem(self.key))
        pair = self.issue("ca-itself", *("x",), issuer_is_subject=True)
        self.file.write_bytes(pair.certificate.read_bytes())

    def issue(
        self, file: str, *names: str, days: int = 3650, issuer_is_subject: bool = False
    ) -> Pair:
        key = self.key if issuer_is_subject else ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(self.name if issuer_is_subject else subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=10))
            .not_valid_after(NOW + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=issuer_is_subject, path_length=None), True)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False
            )
            .sign(self.key, hashes.SHA256())
        )
        pair = Pair(self.folder / f"{file}.pem", self.folder / f"{file}.key")
        tls._write(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM))
        tls._write(pair.key, tls._pem(key))
        return pair


def below(authority: Authority, folder: Path) -> Authority:
    """An intermediate authority, whose file holds what its authority says of it."""
    folder.mkdir()
    made = Authority(folder)
    made.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA below")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(made.name)
        .issuer_name(authority.name)
        .public_key(made.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=10))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(authority.key, hashes.SHA256())
    )
    made.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return made


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


def shake(server: Tunnel, client: Tunnel) -> None:
    """Carry octets to and fro until neither has more to say."""
    client.begin()
    while True:
        said = client.outgoing()
        answered = b""
        if said:
            try:
                server.received(said)
            finally:
                answered = server.outgoing()
        if answered:
            client.received(answered)
        if not said and not answered:
            return


def shown(certificates: Certificates, name: str) -> str:
    """Return the common name of the certificate that a client sees."""
    server, client = certificates.tunnel(b"imap"), ClientTls().tunnel(name, ANYBODY)
    shake(server, client)
    certificate = client._connection.get_peer_certificate(as_cryptography=True)
    assert certificate is not None
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def test_a_self_signed_pair_is_made_once_and_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    pair = self_signed(tmp_path / "tls", "mail.example.org", NOW)
    before = pair.certificate.read_bytes()
    assert self_signed(tmp_path / "tls", "mail.example.org", NOW) == pair
    assert pair.certificate.read_bytes() == before
    assert pair.key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    loaded = load(pair, NOW)
    assert loaded.self_signed
    assert loaded.names == ("mail.example.org",)
    self_signed(tmp_path / "tls", "mail.example.org", NOW + timedelta(days=4000))
    assert pair.certificate.read_bytes() != before


def test_octets_go_both_ways(authority: Authority) -> None:
    certificates = Certificates([authority.issue("a", "a.example")], lambda: NOW)
    server, client = certificates.tunnel(b"smtp"), ClientTls().tunnel("a.example", ANYBODY)
    shake(server, client)
    assert server.agreed().version == "TLSv1.3"
    assert server.agreed().server_name == "a.example"
    client.send(b"x" * 100_000)
    assert server.received(client.outgoing()) == b"x" * 100_000
    server.send(b"")
    server.say_goodbye()
    client.received(server.outgoing())
    assert client.finished
    with pytest.raises(Broken):
        server.received(b"no TLS record at all")


@pytest.mark.threat("W11")
def test_each_name_gets_its_pair_and_unknown_names_the_first(authority: Authority) -> None:
    pairs = [authority.issue("b", "b.example"), authority.issue("c", "c.example", "*.c.example")]
    certificates = Certificates(pairs, lambda: NOW)
    asked = ["b.example", "c.example", "X.C.example", "x.y.c.example", "z.example", "192.0.2.1"]
    assert [shown(certificates, name) for name in asked] == [
        "b.example", "c.example", "c.example", "b.example", "b.example", "b.example",
    ]  # fmt: skip
    for n in range(100):
        shown(certificates, f"n{n}.example")
    assert sum(len(one.contexts) for one in certificates.loaded) == 2


def again(client: SSL.Connection, server: Tunnel, tunnel: Tunnel) -> None:
    client.do_handshake()
    server.received(tunnel.outgoing())
    tunnel.received(server.outgoing())


@pytest.mark.threat("W11")
def test_old_versions_and_renegotiation_are_refused(authority: Authority) -> None:
    certificates = Certificates([authority.issue("d", "d.example")], lambda: NOW)
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_max_proto_version(SSL.TLS1_1_VERSION)
    client = SSL.Connection(context, None)
    client.set_connect_state()
    with pytest.raises(Broken):
        shake(certificates.tunnel(b"smtp"), Tunnel(client))
    modern = SSL.Context(SSL.TLS_CLIENT_METHOD)
    modern.set_max_proto_version(SSL.TLS1_2_VERSION)
    client = SSL.Connection(modern, None)
    client.set_connect_state()
    server, tunnel = certificates.tunnel(b"smtp"), Tunnel(client)
    shake(server, tunnel)
    assert server.agreed().version == "TLSv1.2"
    client.renegotiate()
    with pytest.raises((Broken, SSL.Error)):
        again(client, server, tunnel)


@pytest.mark.threat("W7")
@pytest.mark.parametrize(
    ("offered", "welcome"),
    [([b"imap"], True), ([b"http/1.1", b"imap"], True), ([b"http/1.1"], False), ([b"smtp"], False)],
)
def test_an_alpn_of_another_protocol_ends_the_handshake(
    authority: Authority, offered: list[bytes], welcome: bool
) -> None:
    certificates = Certificates([authority.issue("e", "e.example")], lambda: NOW)
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_alpn_protos(offered)
    client = SSL.Connection(context, None)
    client.set_connect_state()
    server = certificates.tunnel(b"imap")
    if welcome:
        shake(server, Tunnel(client))
        assert client.get_alpn_proto_negotiated() == b"imap"
    else:
        with pytest.raises(Broken, match="ALPN"):
            shake(server, Tunnel(client))
        assert not server.established


def test_a_verified_client_wants_a_known_authority_and_the_right_name(
    authority: Authority,
) -> None:
    certificates = Certificates([authority.issue("f", "f.example")], lambda: NOW)
    trusting = ClientTls(authority.file)
    shake(certificates.tunnel(b"smtp"), trusting.tunnel("f.example", VERIFIED))
    with pytest.raises(Broken, match=r"not for g\.example"):
        shake(certificates.tunnel(b"smtp"), trusting.tunnel("g.example", VERIFIED))
    with pytest.raises(Broken):
        shake(certificates.tunnel(b"smtp"), ClientTls().tunnel("f.example", VERIFIED))


def test_the_whole_chain_is_sent(authority: Authority, tmp_path: Path) -> None:
    """Phones fetch no intermediate, and have no simple way back from a refusal."""
    middle = below(authority, tmp_path / "below")
    pair = middle.issue("h", "h.example")
    phone = ClientTls(authority.file)
    with pytest.raises(Broken):
        shake(
            Certificates([pair], lambda: NOW).tunnel(b"imap"),
            phone.tunnel("h.example", VERIFIED),
        )
    with pair.certificate.open("ab") as file:
        file.write(middle.file.read_bytes())
    shake(
        Certificates([pair], lambda: NOW).tunnel(b"imap"),
        phone.tunnel("h.example", VERIFIED),
    )


def test_a_renewed_pair_is_shown_without_a_restart(authority: Authority) -> None:
    pair = authority.issue("g", "old.example")
    certificates = Certificates([pair], lambda: NOW)
    assert shown(certificates, "x.example") == "old.example"
    authority.issue("g", "new.example")
    assert certificates.reload() == []
    assert shown(certificates, "x.example") == "new.example"


def test_a_pair_that_cannot_be_used_leaves_the_old_one(authority: Authority) -> None:
    """A half-written renewal must not shut the doors."""
    pair = authority.issue("h", "h.example")
    other = authority.issue("i", "i.example")
    certificates = Certificates([pair], lambda: NOW)
    good = (pair.certificate.read_bytes(), pair.key.read_bytes())
    self_made = self_signed(authority.folder / "self", "h.example", NOW)
    expired = authority.issue("j", "j.example", days=-1)
    early = Certificates([pair], lambda: NOW)
    for files, words in [
        ((good[0], other.key.read_bytes()), "is not the key of"),
        ((b"", good[1]), "no certificate"),
        ((good[0], b"junk"), "no private key"),
        ((expired.certificate.read_bytes(), expired.key.read_bytes()), "has expired"),
        ((self_made.certificate.read_bytes(), self_made.key.read_bytes()), "self-signed"),
    ]:
        pair.certificate.write_bytes(files[0])
        pair.key.write_bytes(files[1])
        (refused,) = certificates.reload()
        assert words in refused
        assert shown(certificates, "h.example") == "h.example"
    pair.certificate.write_bytes(good[0])
    pair.key.write_bytes(good[1])
    early._now = lambda: NOW - timedelta(days=100)
    assert "is valid from" in early.reload()[0]
    pair.key.unlink()
    with pytest.raises(BadPair, match=r"h\.key"):
        Certificates([pair], lambda: NOW)


@pytest.mark.threat("A5")
@pytest.mark.parametrize("kind", ["tls-exporter", "tls-server-end-point", "tls-unique"])
def test_both_ends_of_a_channel_find_the_same_octets_to_bind_to(
    authority: Authority, kind: str
) -> None:
    """RFC 9266 §2, RFC 5929 §4.1: the client's side is worked out by hand."""
    pair = authority.issue("bound", "mail.example.test")
    certificates = Certificates([pair], lambda: NOW)
    found = []
    for _ in range(2):
        server = certificates.tunnel(b"imap")
        client = ClientTls().tunnel("mail.example.test", ANYBODY)
        shake(server, client)
        agreed = server.agreed()
        assert agreed.bindings == ("tls-exporter", "tls-server-end-point")
        connection = client._connection
        certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        wanted = {
            "tls-exporter": connection.export_keying_material(b"EXPORTER-Channel-Binding", 32),
            "tls-server-end-point": certificate.fingerprint(hashes.SHA256()),
            "tls-unique": None,
        }
        assert agreed.binding(kind) == wanted[kind]
        found.append(agreed.binding(kind))
    assert (found[0] != found[1]) is (kind == "tls-exporter"), "only it is each channel's own"
