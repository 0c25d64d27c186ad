"""The client's side of TLS: the relay's connections to other hosts."""

from collections.abc import Callable
from pathlib import Path

from OpenSSL import SSL, crypto
from service_identity import CertificateError, VerificationError
from service_identity.pyopenssl import verify_hostname, verify_ip_address

from mailsuite.wire.pinning import EXPIRED_CODE, Unproven, check_chain
from mailsuite.wire.proof import Flaw, Proof, Trust
from mailsuite.wire.tls import new_context
from mailsuite.wire.tunnel import Tunnel, Untrusted

# Old MX hosts know no AEAD: encrypted badly is still better than in clear.
ANY_CIPHER = b"DEFAULT:@SECLEVEL=0"
# Who proves its name by DNSSEC may be as old, but not as weak.
SOUND_CIPHERS = b"DEFAULT"


class ClientTls:
    """Tunnels to other hosts.

    Args:
        ca_file: PEM of the authorities to trust; None: the system's.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        self._contexts = {trust: new_context(SSL.TLS_CLIENT_METHOD) for trust in Trust}
        for trust in (Trust.ANYBODY, Trust.NOTED):
            self._contexts[trust].set_cipher_list(ANY_CIPHER)
        self._contexts[Trust.PINNED].set_cipher_list(SOUND_CIPHERS)
        for trust in (Trust.ANYBODY, Trust.PINNED):
            self._contexts[trust].set_verify(SSL.VERIFY_NONE)
        self._contexts[Trust.NOTED].set_verify(SSL.VERIFY_PEER, _noting)
        self._contexts[Trust.VERIFIED].set_verify(SSL.VERIFY_PEER, _refusing)
        for trust in (Trust.NOTED, Trust.VERIFIED):
            if ca_file is None:
                self._contexts[trust].set_default_verify_paths()
            else:
                self._contexts[trust].load_verify_locations(str(ca_file))

    def tunnel(self, host: str, proof: Proof) -> Tunnel:
        """Return the client's side of a new connection to `host` (a name or an IP address)."""
        connection = SSL.Connection(self._contexts[proof.trust], None)
        connection.set_connect_state()
        if not _is_address(host):
            connection.set_tlsext_host_name(host.encode("ascii"))
        return Tunnel(connection, _check(host, proof))


def _check(host: str, proof: Proof) -> Callable[[SSL.Connection], None] | None:
    if proof.trust is Trust.VERIFIED:
        return lambda connection: _check_name(connection, host)
    if proof.trust is Trust.NOTED:
        return lambda connection: _note_name(connection, host)
    if proof.trust is Trust.PINNED:
        return lambda connection: _check_pins(connection, host, proof)
    return None


def _check_name(connection: SSL.Connection, host: str) -> None:
    verify = verify_ip_address if _is_address(host) else verify_hostname
    try:
        verify(connection, host)
    except (VerificationError, CertificateError) as error:
        raise Untrusted(f"the certificate is not for {host}", Flaw.HOST_MISMATCH) from error


def _note_name(connection: SSL.Connection, host: str) -> None:
    try:
        _check_name(connection, host)
    except Untrusted as untrusted:
        if connection.get_app_data() is None:
            connection.set_app_data(untrusted.flaw)


def _check_pins(connection: SSL.Connection, host: str, proof: Proof) -> None:
    try:
        chain = connection.get_peer_cert_chain(as_cryptography=True) or []
        check_chain(chain, proof.pins, (host, *proof.names))
    except Unproven as unproven:
        raise Untrusted(str(unproven), unproven.flaw) from unproven
    except ValueError as error:
        raise Untrusted("a certificate cannot be read", Flaw.NOT_TRUSTED) from error


def _noting(connection: SSL.Connection, _: crypto.X509, error: int, depth: int, ok: int) -> bool:
    del depth
    if not ok and connection.get_app_data() is None:
        connection.set_app_data(Flaw.EXPIRED if error == EXPIRED_CODE else Flaw.NOT_TRUSTED)
    return True


def _refusing(
    connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, ok: int
) -> bool:
    _noting(connection, certificate, error, depth, ok)
    return bool(ok)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
