"""What every engine offers, and what it finds out."""

import re
from enum import Enum
from typing import Protocol

from attrs import frozen

REPLY_OCTETS = 256 * 1024  # of all that one judge says about one message
WORDS = 200
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


class Babble(Exception):  # noqa: N818 - what happened, as the errors of the house are named
    """The judge does not speak its protocol; the words say where."""


class Advice(Enum):
    """What a judge wants to be done with the message."""

    PASS = "passes it"  # noqa: S105 - no password
    JUNK = "wants it in Junk"
    REFUSE = "refuses it"
    DEFER = "puts it off"


@frozen
class Opinion:
    """What one judge says, whole: nothing is done with half of it."""

    advice: Advice
    reasons: tuple[str, ...] = ()  # printable ASCII, bounded
    fields: tuple[tuple[str, str], ...] = ()  # that it wants written on the message


@frozen
class Letter:
    """A message as other programs are shown it."""

    octets: bytes  # as they came
    peer: str
    helo: str
    sender: str  # empty: the null sender
    recipients: tuple[str, ...]
    trace: str


class Talk(Protocol):
    """One conversation about one message: octets in, octets out. No socket, no clock."""

    @property
    def opinion(self) -> Opinion | None:
        """What was found out; None: it is not over."""
        ...

    def begin(self) -> list[bytes]:
        """What to send first."""
        ...

    def feed(self, octets: bytes) -> list[bytes]:
        """What to send after these octets came. Raises `Babble`."""
        ...

    def ended(self) -> None:
        """The judge has hung up. Raises `Babble` if it had more to say."""
        ...


def printable(words: str, most: int = WORDS) -> str:
    """Somebody else's words as they may stand in a header or a log."""
    return _UNPRINTABLE.sub("?", words[:most])
