"""Certificates and TLS contexts of our doors.

TLS 1.2 and up, no renegotiation, no resumption (an ECDSA handshake gains nothing by it). In TLS 1.3
OpenSSL still sends tickets, stateful ones that its cache, which is off, does not know again: their
number can only be set by a call that neither pyOpenSSL nor its binding has.
Certificates are replaced while the host runs; connections that stand keep what they have.
"""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from mailsuite.wire.client_certificates import (
    BadAuthorities,
    accept_from,
    ask,
    check_authorities,
)
from mailsuite.wire.tunnel import NoCommonProtocol, Tunnel

# RFC 9325 §4.2: forward secrecy and AEAD only; TLS 1.3 suites are chosen by OpenSSL.
CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
SELF_SIGNED_DAYS = 3650


class BadPair(Exception):  # noqa: N818 - named for what happened
    """A certificate and key that cannot be used; the words say which file and why."""


@frozen
class Pair:
    """Two PEM files: the certificate with its chain, and its key."""

    certificate: Path
    key: Path


@frozen
class Loaded:
    """A pair that fits and was valid when it was read."""

    pair: Pair
    chain: tuple[x509.Certificate, ...]
    key: PrivateKeyTypes = field(repr=False)
    contexts: dict[bytes, SSL.Context] = field(factory=dict, eq=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The host names that it is good for, lower case; `*.` at the front is a wildcard."""
        try:
            names = self.chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except x509.ExtensionNotFound:
            return ()
        return tuple(name.lower() for name in names.value.get_values_for_type(x509.DNSName))

    @property
    def self_signed(self) -> bool:
        """True when nobody else vouches for it."""
        return self.chain[0].issuer == self.chain[0].subject


def load(pair: Pair, now: datetime) -> Loaded:
    """Read a pair.

    Raises:
        BadPair: a file cannot be read, the two do not fit, or the certificate is not valid now.
    """
    try:
        chain = tuple(x509.load_pem_x509_certificates(pair.certificate.read_bytes()))
    except (OSError, ValueError) as error:
        raise BadPair(f"{pair.certificate}: no certificate can be read ({error})") from error
    try:
        key = serialization.load_pem_private_key(pair.key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise BadPair(f"{pair.key}: no private key can be read ({error})") from error
    if key.public_key() != chain[0].public_key():
        raise BadPair(f"{pair.key}: is not the key of {pair.certificate}")
    if now < chain[0].not_valid_before_utc:
        raise BadPair(f"{pair.certificate}: is valid from {chain[0].not_valid_before_utc} only")
    if now > chain[0].not_valid_after_utc:
        raise BadPair(f"{pair.certificate}: has expired on {chain[0].not_valid_after_utc}")
    return Loaded(pair, chain, key)


def self_signed(folder: Path, hostname: str, now: datetime) -> Pair:
    """Return the pair of `folder`, made now if it is missing or has run out.

    The key is readable by its owner only, from the moment that it exists.
    """
    pair = Pair(folder / "self-signed.pem", folder / "self-signed.key")
    try:
        load(pair, now)
    except BadPair:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        _write(pair.key, _pem(key))
        _write(pair.certificate, _certificate(key, hostname, now))
    return pair


def _certificate(key: ec.EllipticCurvePrivateKey, hostname: str, now: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname[:64])])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=SELF_SIGNED_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(hostname)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, octets: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(octets)


def _now() -> datetime:
    return datetime.now(UTC)


class Certificates:
    """The pairs that the doors show, by name; the first is shown where no name fits.

    Raises:
        BadPair: one of them cannot be used.
    """

    def __init__(self, pairs: Sequence[Pair], now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._client_authorities: Path | None = None
        self._take([load(pair, now()) for pair in pairs])

    def _take(self, loaded: list[Loaded]) -> None:
        self._loaded = loaded
        self._by_name = {name: one for one in reversed(loaded) for name in one.names}

    @property
    def loaded(self) -> tuple[Loaded, ...]:
        """What is shown now."""
        return tuple(self._loaded)

    def reload(self, pairs: Sequence[Pair] | None = None) -> list[str]:
        """Read the files again; what cannot be used leaves the old pair standing.

        Returns:
            A sentence for each pair that was not taken.
        """
        old = {one.pair: one for one in self._loaded}
        taken, refused = [], []
        for pair in pairs if pairs is not None else [one.pair for one in self._loaded]:
            try:
                taken.append(self._better(load(pair, self._now()), old.get(pair)))
            except BadPair as bad:
                refused.append(str(bad))
                if pair in old:
                    taken.append(old[pair])
        if taken:
            self._take(taken)
        return refused

    def _better(self, new: Loaded, old: Loaded | None) -> Loaded:
        if old is None:
            return new
        if new.self_signed and not old.self_signed:
            raise BadPair(
                f"{new.pair.certificate}: is self-signed; the one from a certification"
                " authority stays"
            )
        return old if new.chain == old.chain else new

    def chosen(self, server_name: str | None) -> Loaded:
        """Return the pair for a name that a client asked for."""
        if server_name:
            name = server_name.lower().rstrip(".")
            _, _, parent = name.partition(".")
            found = self._by_name.get(name) or self._by_name.get(f"*.{parent}")
            if found is not None:
                return found
        return self._loaded[0]

    def ask_clients(self, authorities: Path | None) -> None:
        """Let `asking_tunnel` ask for certificates of these authorities; None: of nobody.

        Raises:
            BadPair: the file cannot be used; what was asked before is asked on.
        """
        if authorities is not None:
            try:
                check_authorities(authorities)
            except BadAuthorities as bad:
                raise BadPair(str(bad)) from bad
        self._client_authorities = authorities
        for one in self._loaded:
            one.contexts.clear()

    def asking_tunnel(self, protocol: bytes) -> Tunnel:
        """As `tunnel`, for a door where people sign in: a certificate of theirs is asked for."""
        if self._client_authorities is None:
            return self.tunnel(protocol)
        connection = SSL.Connection(self._context(self._loaded[0], protocol), None)
        connection.set_accept_state()
        ask(connection)
        return Tunnel(connection, asked=True)

    def tunnel(self, protocol: bytes) -> Tunnel:
        """Return the server's side of a new connection.

        Args:
            protocol: the ALPN id of the door: `imap`, `pop3` or `smtp`. A client that offers
                others only is turned away; one that offers none is welcome.
        """
        connection = SSL.Connection(self._context(self._loaded[0], protocol), None)
        connection.set_accept_state()
        return Tunnel(connection)

    def _context(self, loaded: Loaded, protocol: bytes) -> SSL.Context:
        if protocol not in loaded.contexts:
            context = new_context(SSL.TLS_SERVER_METHOD)
            context.use_certificate(loaded.chain[0])
            for certificate in loaded.chain[1:]:
                context.add_extra_chain_cert(certificate)
            context.use_privatekey(loaded.key)  # type: ignore[arg-type]
            context.set_tlsext_servername_callback(self._named(protocol))
            context.set_alpn_select_callback(_alpn(protocol))
            if self._client_authorities is not None:
                accept_from(context, self._client_authorities)
            loaded.contexts[protocol] = context
        return loaded.contexts[protocol]

    def _named(self, protocol: bytes) -> Callable[[SSL.Connection], None]:
        def show(connection: SSL.Connection) -> None:
            name = connection.get_servername()
            if name and (chosen := self.chosen(name.decode("ascii", "replace"))):
                connection.set_context(self._context(chosen, protocol))

        return show


def _alpn(protocol: bytes) -> Callable[[SSL.Connection, list[bytes]], bytes]:
    def select(_: SSL.Connection, offered: list[bytes]) -> bytes:
        if protocol not in offered:
            raise NoCommonProtocol
        return protocol

    return select


def new_context(method: int) -> SSL.Context:
    """A context with what both sides keep to; its ciphers are those for our own doors."""
    context = SSL.Context(method)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(
        SSL.OP_NO_RENEGOTIATION
        | SSL.OP_NO_TICKET
        | SSL.OP_NO_COMPRESSION
        | SSL.OP_CIPHER_SERVER_PREFERENCE
    )
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # An idle connection keeps no record buffers: 34 KB less each.
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_cipher_list(CIPHERS)
    return context
