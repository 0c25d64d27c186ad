"""Who asks at the door, and what is answered."""

from attrs import define, field, frozen

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


@define(eq=False)
class Sender:
    """Whose message it is.

    Attributes:
        text: the reverse-path, canonical; "" for the null sender.
        domain: its domain in A-labels; "" for the null sender.
    """

    peer: Peer
    reverse_path: Address | None
    text: str = field(default="", init=False)
    domain: str = field(default="", init=False)

    def __attrs_post_init__(self) -> None:
        if self.reverse_path is not None:
            canonical = self.reverse_path.canonical
            self.text, self.domain = str(canonical), canonical.domain


def limited(over: Over) -> Denied:
    """A rate that was met, as the client hears it (RFC 3463 §3.8: security or policy)."""
    return Denied("limited", 450, "4.7.1", over.words)
