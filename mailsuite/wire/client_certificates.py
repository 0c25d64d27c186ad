"""Certificates that people and programs show at our doors, for EXTERNAL (RFC 4422 appendix A).

One that nobody vouches for does not end the handshake: phones offer whatever they have. It is
then as if none had been shown.
"""

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL, crypto

from mailsuite.wire.link import PeerCertificate

# RFC 9598 §3: otherName of an address with a local part beyond ASCII.
SMTP_UTF8_MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")
UTF8_STRING = 0x0C
NAMES = 100  # of one certificate; nobody needs more, and each may become a question to the store


class BadAuthorities(Exception):  # noqa: N818 - named for what happened
    """The file of authorities cannot be used; the words say why."""


def check_authorities(file: Path) -> None:
    """Look at a file of authorities. Raises `BadAuthorities`."""
    try:
        x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadAuthorities(f"{file}: no certificate can be read ({error})") from error


def accept_from(context: SSL.Context, file: Path) -> None:
    """Let connections of this context ask for certificates of these authorities."""
    context.load_verify_locations(str(file))
    context.load_client_ca(os.fsencode(file))
    # OpenSSL wants one wherever certificates are asked for, though no session is kept.
    context.set_session_id(b"mailsuite")


def ask(connection: SSL.Connection) -> None:
    """Ask the client for a certificate, and go on whatever it shows."""
    # On the connection: SNI may give it another context, and this must outlive the first one.
    connection.set_verify(SSL.VERIFY_PEER, _note)


def _note(connection: SSL.Connection, _: crypto.X509, error: int, depth: int, ok: int) -> bool:
    del depth
    if not ok:
        connection.set_app_data(error)
    return True


def shown(connection: SSL.Connection) -> PeerCertificate | None:
    """What a client has shown and an authority vouches for, after the handshake."""
    if not connection.get_verify_mode() & SSL.VERIFY_PEER or connection.get_app_data() is not None:
        return None
    certificate = connection.get_peer_certificate(as_cryptography=True)
    return None if certificate is None else identity(certificate)


def identity(certificate: x509.Certificate) -> PeerCertificate | None:
    """Whom a certificate names; None where it cannot be read."""
    try:
        addresses, names = _alternative_names(certificate)
        return PeerCertificate(
            certificate.subject.rfc4514_string()[:1000],
            addresses[:NAMES],
            names[:NAMES],
            certificate.fingerprint(hashes.SHA256()).hex(),
        )
    except (ValueError, x509.UnsupportedGeneralNameType):
        return None


def _alternative_names(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    addresses = found.get_values_for_type(x509.RFC822Name)
    others = found.get_values_for_type(x509.OtherName)
    addresses += [_utf8_string(o.value) for o in others if o.type_id == SMTP_UTF8_MAILBOX]
    names = (name.lower() for name in found.get_values_for_type(x509.DNSName))
    return tuple(filter(None, addresses)), tuple(names)


def _utf8_string(der: bytes) -> str:
    """A DER UTF8String as long as an address may be; "" for anything else."""
    if len(der) < 2 or der[0] != UTF8_STRING:
        return ""
    length, start = der[1], 2
    if length == 0x81 and len(der) > 2:
        length, start = der[2], 3
    if length != len(der) - start or length > 254:
        return ""
    return der[start:].decode("utf-8", "strict")
