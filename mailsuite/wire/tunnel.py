"""TLS over memory: octets of the network in, octets of the peer out. No socket."""

from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from mailsuite.wire.client_certificates import shown
from mailsuite.wire.link import Tls
from mailsuite.wire.proof import Flaw

RECORDS_OCTETS = 64 * 1024  # read from OpenSSL at once
EXPORTER, END_POINT = "tls-exporter", "tls-server-end-point"  # types of channel binding
WEAK = (hashes.MD5, hashes.SHA1)  # stand for SHA-256 there (RFC 5929 §4.1)
EXPORTER_LABEL, EXPORTER_OCTETS = b"EXPORTER-Channel-Binding", 32  # RFC 9266 §2


class Broken(Exception):  # noqa: N818 - named for what happened
    """The handshake failed, or the records are no TLS; nothing more can be said in it."""

    def __init__(self, words: str, flaw: Flaw = Flaw.OTHER) -> None:
        super().__init__(words)
        self.flaw = flaw


class NoCommonProtocol(Exception):  # noqa: N818 - named for what happened
    """The peer offered ALPN protocols, and ours is not among them (ALPACA, RFC 7301 §3.2)."""


class Untrusted(Exception):  # noqa: N818 - named for what happened
    """The certificate is not that of the host that we meant to reach."""

    def __init__(self, words: str, flaw: Flaw) -> None:
        super().__init__(words)
        self.flaw = flaw


class Tunnel:
    """One side of a TLS connection.

    After each call the caller sends what `outgoing` returns.

    Args:
        connection: over memory, its side (accept or connect) set.
        check: looks at the finished handshake; raises `Untrusted`.
        asked: the client was asked for a certificate.
    """

    __slots__ = ("_asked", "_check", "_connection", "established", "finished")

    def __init__(
        self,
        connection: SSL.Connection,
        check: Callable[[SSL.Connection], None] | None = None,
        *,
        asked: bool = False,
    ) -> None:
        self._connection = connection
        self._check = check
        self._asked = asked
        self.established = False  # the handshake is done
        self.finished = False  # the peer said that it will send no more

    def begin(self) -> None:
        """Take the first step of the handshake: a client's hello, nothing for a server."""
        self._shake()

    def received(self, octets: bytes) -> bytes:
        """Take in octets of the network, and return what they decrypt to.

        Raises:
            Broken: `outgoing` may still hold the alert that says why.
        """
        self._connection.bio_write(octets)
        if not self.established:
            self._shake()
        return self.read() if self.established else b""

    def read(self) -> bytes:
        """Return what is decrypted and was not yet returned."""
        pieces = []
        try:
            while True:
                pieces.append(self._connection.recv(RECORDS_OCTETS))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.finished = True
        except SSL.Error as error:
            raise Broken(_words(error)) from error
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def send(self, octets: bytes) -> None:
        """Encrypt octets, once the tunnel is established."""
        view = memoryview(octets)
        try:
            while view:
                # OpenSSL takes a record (16 KiB) at a time.
                view = view[self._connection.send(view) :]
        except SSL.Error as error:
            raise Broken(_words(error)) from error

    def say_goodbye(self) -> None:
        """Tell the peer that nothing follows (close_notify, RFC 8446 §6.1)."""
        try:
            if self.established:
                self._connection.shutdown()
        except SSL.Error:
            self.finished = True

    def outgoing(self) -> bytes:
        """Return the octets that are due to the network."""
        pieces = []
        try:
            while True:
                pieces.append(self._connection.bio_read(RECORDS_OCTETS * 2))
        except SSL.WantReadError:
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        except SSL.Error:
            return b"".join(pieces)

    def agreed(self) -> Tls:
        """Return what the handshake agreed on."""
        name = self._connection.get_servername()
        version = self._connection.get_protocol_version_name()
        noted = self._connection.get_app_data()
        return Tls(
            version,
            self._connection.get_cipher_name() or "",
            name.decode("ascii", "replace") if name else None,
            # Before TLS 1.3 the exporter is unique with extended master secrets only (RFC 9266
            # §4.2), and whether there are such pyOpenSSL does not say.
            bindings=(EXPORTER, END_POINT) if version == "TLSv1.3" else (END_POINT,),
            binding=self.binding,
            peer_certificate=shown(self._connection) if self._asked else None,
            flaw=noted if isinstance(noted, Flaw) else None,
        )

    def binding(self, kind: str) -> bytes | None:
        """Return the octets of a type of channel binding; None: it cannot be had here.

        They are made anew each time: few sessions ask.
        """
        if kind == EXPORTER and self._connection.get_protocol_version_name() == "TLSv1.3":
            return self._connection.export_keying_material(EXPORTER_LABEL, EXPORTER_OCTETS)
        return _end_point(self._connection) if kind == END_POINT else None

    def _shake(self) -> None:
        try:
            self._connection.do_handshake()
            if self._check is not None:
                self._check(self._connection)
        except SSL.WantReadError:
            return
        except (SSL.Error, NoCommonProtocol, Untrusted) as error:
            raise Broken(_words(error), self._flaw(error)) from error
        self.established = True

    def _flaw(self, error: Exception) -> Flaw:
        noted = self._connection.get_app_data()
        if isinstance(error, Untrusted):
            return error.flaw
        return noted if isinstance(noted, Flaw) else Flaw.OTHER


def _end_point(connection: SSL.Connection) -> bytes | None:
    """Return the hash of the server's certificate (RFC 5929 §4.1), asked for by the server.

    Of signatures without a hash of their own, like Ed25519, none is defined.
    """
    certificate = connection.get_certificate(as_cryptography=True)
    used = None if certificate is None else certificate.signature_hash_algorithm
    if certificate is None or used is None:
        return None
    digest = hashes.Hash(hashes.SHA256() if isinstance(used, WEAK) else used)
    digest.update(certificate.public_bytes(Encoding.DER))
    return digest.finalize()


def _words(error: Exception) -> str:
    if isinstance(error, NoCommonProtocol):
        return "no common ALPN protocol"
    if isinstance(error, Untrusted):
        return str(error)
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return "; ".join(str(reason[-1]) for reason in reasons) or type(error).__name__
