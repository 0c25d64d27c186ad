"""TLS over memory: octets of the network in, octets of the peer out. No socket."""

from collections.abc import Callable

from OpenSSL import SSL

from mailsuite.wire.link import Tls

RECORDS_OCTETS = 64 * 1024  # read from OpenSSL at once


class Broken(Exception):  # noqa: N818 - named for what happened
    """The handshake failed, or the records are no TLS; nothing more can be said in it."""


class NoCommonProtocol(Exception):  # noqa: N818 - named for what happened
    """The peer offered ALPN protocols, and ours is not among them (ALPACA, RFC 7301 §3.2)."""


class Untrusted(Exception):  # noqa: N818 - named for what happened
    """The certificate does not name the host that we meant to reach."""


class Tunnel:
    """One side of a TLS connection.

    After each call the caller sends what `outgoing` returns.

    Args:
        connection: over memory, its side (accept or connect) set.
        check: looks at the finished handshake; raises `Untrusted`.
    """

    __slots__ = ("_check", "_connection", "established", "finished")

    def __init__(
        self,
        connection: SSL.Connection,
        check: Callable[[SSL.Connection], None] | None = None,
    ) -> None:
        self._connection = connection
        self._check = check
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
        return Tls(
            self._connection.get_protocol_version_name(),
            self._connection.get_cipher_name() or "",
            name.decode("ascii", "replace") if name else None,
        )

    def _shake(self) -> None:
        try:
            self._connection.do_handshake()
            if self._check is not None:
                self._check(self._connection)
        except SSL.WantReadError:
            return
        except (SSL.Error, NoCommonProtocol, Untrusted) as error:
            raise Broken(_words(error)) from error
        self.established = True


def _words(error: Exception) -> str:
    if isinstance(error, NoCommonProtocol):
        return "no common ALPN protocol"
    if isinstance(error, Untrusted):
        return str(error)
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return "; ".join(str(reason[-1]) for reason in reasons) or type(error).__name__
