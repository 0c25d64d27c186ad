"""Who asks at the door, and what is answered."""

from attrs import frozen

from mailsuite.message.addresses import Address
from mailsuite.repute.rates import Over
from mailsuite.wire.link import Peer


@frozen
class Denied:
    """Why not: SMTP's reply, and what the story calls it."""

    kind: str  # limited | listed | greylist
    code: int
    enhanced: str  # RFC 3463
    words: str


@frozen
class Sender:
    """Whose message it is."""

    peer: Peer
    reverse_path: Address | None

    @property
    def text(self) -> str:
        """Canonical; "" for the null sender."""
        return "" if self.reverse_path is None else str(self.reverse_path.canonical)

    @property
    def domain(self) -> str:
        """Of the reverse-path, in A-labels; "" for the null sender."""
        return "" if self.reverse_path is None else self.reverse_path.canonical.domain


def limited(over: Over) -> Denied:
    """A rate that was met, as the client hears it (RFC 3463 §3.8: security or policy)."""
    return Denied("limited", 450, "4.7.1", over.words)
