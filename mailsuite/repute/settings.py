"""`[repute]` of the configuration, as its parts take it."""

from enum import Enum
from ipaddress import IPv4Address

from attrs import field, frozen

from mailsuite.repute.rates import Rates


class Greylisting(Enum):
    """Whose first try is put off."""

    OFF = "off"
    SUSPECT = "suspect"  # without a name that leads back, listed, or failing SPF
    ALL = "all"


@frozen
class Score:
    """What answers from `first` to `last` count."""

    first: IPv4Address
    last: IPv4Address
    score: float


@frozen
class DnsList:
    """One DNS list (RFC 5782)."""

    zone: str
    kinds: frozenset[str]  # ipv4 | ipv6 | domain
    scores: tuple[Score, ...]

    def score_of(self, answers: tuple[str, ...]) -> float:
        """What these answers count: the farthest from 0, since each says why the same is listed."""
        found = [
            score.score
            for answer in answers
            for score in self.scores
            if score.first <= IPv4Address(answer) <= score.last
        ]
        return max(found, key=abs, default=0.0)


@frozen
class Repute:
    """Everything but the rates.

    Attributes:
        greylist_wait: seconds before a retry counts (RFC 6647 §5 (2): from a minute on).
        greylist_passes: so often a network or domain came again: then it waits no more.
        refuse_score: from this sum of the lists' scores on nothing is taken; 0: never.
        greylist_score: from this on a first try waits; 0: never.
        tarpit_seconds: that an answer to one who errs again and again waits at most; 0: none.
        tarpit_waiting: sessions that may be held so at once.
    """

    greylist: Greylisting = Greylisting.SUSPECT
    greylist_wait: int = 300
    greylist_passes: int = 3
    lists: tuple[DnsList, ...] = ()
    refuse_score: float = 5.0
    greylist_score: float = 2.0
    tarpit_seconds: int = 10
    tarpit_waiting: int = 200


@frozen
class Settings:
    """What the keeper goes by."""

    repute: Repute = field(factory=Repute)
    rates: Rates = field(factory=Rates)
