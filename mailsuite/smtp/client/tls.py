"""TLS as a client: for secrecy alone, or with a certificate that must hold for a name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from zope.interface import implementer

_BEGIN = b"-----BEGIN CERTIFICATE-----"


@implementer(IOpenSSLClientConnectionCreator)
class _Unverified:
    """Encrypts to whoever is there: better than clear text, and no more (RFC 7435 §3)."""

    def __init__(self, context: SSL.Context, name: str) -> None:
        self._context = context
        self._name = name

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: N802, N803 - Twisted's
        """Make the connection's state."""
        connection = SSL.Connection(self._context, None)
        connection.set_app_data(tlsProtocol)
        if self._name:
            connection.set_tlsext_host_name(self._name.encode("ascii"))
        return connection


class ClientTls:
    """Makes what `startTLS` takes; its two contexts serve all connections.

    Args:
        ca_file: PEM certificates that are trusted instead of the system's.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        # Twisted's own list of ciphers; TLS 1.2 and up.
        self._anybody: SSL.Context = CertificateOptions(verify=False).getContext()
        self._roots: Any = _system() if ca_file is None else _roots(ca_file)

    def anybody(self, name: str) -> Any:
        """For a host whose certificate is not looked at; the name is sent for SNI."""
        ascii_name = name if name.isascii() and not name.replace(".", "").isdigit() else ""
        return _Unverified(self._anybody, "" if ":" in ascii_name else ascii_name)

    def verified(self, name: str) -> Any:
        """For a host whose certificate must hold for `name` (subjectAltName only, RFC 6125)."""
        return optionsForClientTLS(name, trustRoot=self._roots)


def _system() -> Any:
    return platformTrust()


def _roots(ca_file: Path) -> Any:
    certificates = _certificates(ca_file.read_bytes())
    return trustRootFromCertificates(certificates)


def _certificates(pem: bytes) -> Sequence[Certificate]:
    return [Certificate.loadPEM(_BEGIN + part) for part in pem.split(_BEGIN)[1:]]
