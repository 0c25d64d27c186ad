"""What a session sees of its connection, and what the transport sees of a session.

The transport (`mailsuite.wire.transport`) implements `Link` over Twisted; tests implement it
over a list. Sessions implement `Talks`. Neither knows what the other is made of.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol

from attrs import field, frozen

from mailsuite.wire.proof import Flaw

Network = IPv4Network | IPv6Network


@frozen
class Peer:
    """One end of a connection: an IP address in its canonical text, or a local socket's path."""

    address: str
    port: int = 0

    @property
    def network(self) -> str:
        """The /24 or /64 that the address stands in: what a throttle counts beside it."""
        return _network(self.address)

    @property
    def local(self) -> bool:
        """Whether it is a local socket."""
        return _ip(self.address) is None

    def within(self, networks: Sequence[Network]) -> bool:
        """Whether the address stands in one of the networks; a local socket in none."""
        if not networks:
            return False
        address = _ip(self.address)
        return address is not None and any(address in network for network in networks)


# Asked several times for each message of a connection.
@lru_cache(maxsize=4096)
def _ip(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None


@frozen
class PeerCertificate:
    """A client's certificate: an authority of `[sign_in] client_ca_file` vouches for it.

    The client has its key: the handshake proved that. Nothing else is known of it: whose account
    it opens is for EXTERNAL to decide.
    """

    subject: str  # RFC 4514, for people and logs
    addresses: tuple[str, ...] = ()  # rfc822Name and SmtpUTF8Mailbox (RFC 9598), as written
    names: tuple[str, ...] = ()  # dNSName, lower case
    fingerprint: str = ""  # SHA-256 of its DER, hex, lower case


def unbound(kind: str) -> bytes | None:  # noqa: ARG001 - see `Tls.binding`
    """No channel binding at all."""
    return None


@lru_cache(maxsize=4096)  # each message asks a dozen times, and it costs 20 us
def _network(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return text
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))


@frozen
class Tls:
    """What was agreed in the handshake.

    Attributes:
        bindings: types of channel binding that can be had, the best first.
        binding: the octets of a type (RFC 5056), which both ends can find out and nobody between
            them can have in common with both; None: not of that type.
    """

    version: str  # "TLSv1.3"
    cipher: str
    server_name: str | None = None
    bindings: tuple[str, ...] = ()
    binding: Callable[[str], bytes | None] = field(default=unbound, eq=False, repr=False)
    peer_certificate: PeerCertificate | None = None  # at doors for people that ask for one
    flaw: Flaw | None = None  # what a client would have refused that insists on a certificate


class Link(Protocol):
    """One connection, as its session sees it. All calls are on the reactor thread."""

    peer: Peer
    local: Peer
    tls: Tls | None  # None while in clear
    trace: str  # id of this connection in every log line

    @property
    def deflated(self) -> bool:
        """Whether both directions are compressed (RFC 4978)."""
        ...

    def write(self, octets: bytes) -> None:
        """Send, after everything written before. What is written in one turn leaves as one."""

    def write_many(self, pieces: Sequence[bytes]) -> None:
        """Send the pieces in order without joining them."""

    def start_tls(self) -> None:
        """Begin the server's handshake after what was written; `Talks.secured` is called then."""

    def start_deflate(self) -> None:
        """Compress both directions after what was written (RFC 4978 §3)."""

    def end_deflate(self) -> None:
        """Compress no more, after what was written (RFC 8437 §4.1)."""

    def close(self) -> None:
        """Close after what was written has gone; bytes that still come in are dropped."""

    def abort(self) -> None:
        """Drop the connection now."""

    def pause(self) -> None:
        """Stop reading from the peer, until `resume`."""

    def resume(self) -> None:
        """Read again."""

    def deadline(self, seconds: float | None) -> None:
        """Call `Talks.timed_out` so many seconds from now; None: never. One at a time."""

    @property
    def writable(self) -> bool:
        """False while more waits to be sent than a slow reader may hold (512 KiB)."""
        ...

    def drained(self) -> Awaitable[None]:
        """Wait until `writable`. Raises `ConnectionError` if the connection ends first."""
        ...


class Talks(Protocol):
    """One session, as the transport drives it. Nothing here may raise or block."""

    def connected(self, link: Link) -> None:
        """The connection is there (implicit TLS: its handshake is done); greet."""

    def received(self, octets: bytes) -> None:
        """The peer sent these octets."""

    def secured(self) -> None:
        """The handshake after `start_tls` is done and `link.tls` is set."""

    def timed_out(self) -> None:
        """The deadline passed."""

    def stopping(self) -> None:
        """The server is being shut down: finish what is in hand, say goodbye, close."""

    def lost(self) -> None:
        """The connection is gone; free everything."""
