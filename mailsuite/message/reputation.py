"""What the door found out about where a message comes from, for the judges (`Source.reputation`).

Written by `mailsuite.repute`; read by whoever scores the message, and told in its story.
"""

from typing import Protocol

from attrs import frozen


@frozen
class Listed:
    """One entry of a DNS list (RFC 5782) that an address or domain of the message stands on."""

    zone: str  # the list: "zen.example.net"
    about: str  # the address or domain that stands there
    answers: tuple[str, ...]  # "127.0.0.2" …
    score: float  # above 0: a block list's; below: an allow list's
    words: str = ""  # the list's own reason (its TXT record), printable and bounded


class SpfOutcome(Protocol):
    """SPF's result, of `mailsuite.trust`: whoever made it understands the rest."""

    @property
    def word(self) -> str:
        """RFC 7208 §2.6: pass, fail, softfail, neutral, none, temperror, permerror."""
        ...


# What `greylist` says.
NOT_ASKED = ""  # greylisting is off, or not for such a source
KNOWN = "known"  # spared: a correspondent, or its network has passed before
PASSED = "passed"  # came again after a wait


@frozen
class Reputation:
    """Of a message's source. All empty where nothing was asked (trusted and local peers).

    Attributes:
        iprev: of RFC 8601 §2.7.3: pass, fail, temperror, permerror; "": not looked at.
        name: the client's verified name, where iprev is "pass".
        listed: entries of lists that answered.
        greylist: `NOT_ASKED`, `KNOWN` or `PASSED`.
        waited_seconds: from the first try to this one, where `greylist` is `PASSED`.
        spf: of the reverse-path, for the judge who made it; None: not looked at.
        correspondent: somebody among the recipients has written to this sender.
    """

    iprev: str = ""
    name: str = ""
    listed: tuple[Listed, ...] = ()
    greylist: str = NOT_ASKED
    waited_seconds: int = 0
    correspondent: bool = False
    spf: SpfOutcome | None = None

    @property
    def score(self) -> float:
        """The sum of the lists' scores: handed to the spam score."""
        return sum(entry.score for entry in self.listed)


UNKNOWN = Reputation()
