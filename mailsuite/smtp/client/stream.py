"""A client's connection as its session sees it; tests make one of a list."""

from typing import Protocol

from mailsuite.wire.link import Tls
from mailsuite.wire.proof import Flaw, Proof


class StreamFailed(Exception):  # noqa: N818 - an outcome, not a mistake
    """The connection ended, the other side is silent, or the handshake failed.

    `flaw` says what was wrong with the handshake; None: it was not that.
    """

    def __init__(self, words: str, flaw: Flaw | None = None) -> None:
        super().__init__(words)
        self.flaw = flaw


class Stream(Protocol):
    """One open connection. Everything here is on the reactor thread."""

    tls: Tls | None

    @property
    def local(self) -> str:
        """Our own IP address on it; "" where it is not known."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the other side closed it."""
        ...

    def write(self, octets: bytes) -> None:
        """Send, after everything written before."""

    async def drained(self, seconds: float) -> None:
        """Wait until little waits to be sent. Raises `StreamFailed` after so many seconds."""

    async def read(self, seconds: float) -> bytes:
        """The next octets. Raises `StreamFailed` at the end, or after so many seconds."""
        ...

    async def start_tls(self, name: str, proof: Proof, *, seconds: float) -> None:
        """Shake hands as client; octets that came before are dropped. Raises `StreamFailed`."""

    def close(self) -> None:
        """Close after what was written."""

    def abort(self) -> None:
        """Drop the connection now."""
