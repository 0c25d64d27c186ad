"""One score of all that is known about a message, with its reasons.

The unit is a logarithm of odds: 1 more is about three times as likely to be spam. Words are heard
twice, by what all mail is like (`seed`) and by what the account has taught (`bayes`), which counts
the more, the more was taught. The rest adds a little each way; nothing alone decides.
"""

import math
from collections.abc import Sequence

from attrs import frozen

from mailsuite.message.judgement import Judgement
from mailsuite.message.reputation import PASSED, Reputation
from mailsuite.spam.bayes import Counts, Kind
from mailsuite.spam.likeness import Sketch, likest
from mailsuite.spam.seed import Seed

# Of the account's own counts: at most so much, half of it at so many messages taught.
OWN_SHARE, HALF_AT = 0.5, 500

# By how like it is: (to begin with, and more for a message that is the same).
TAKEN_OUT, PUT_IN = (-4.0, -8.0), (1.0, 3.0)
WROTE_TO, KEPT_BEFORE = -3.0, -1.5
FIRST_TIME = 0.3
PASSED_GREYLIST = -0.2
NO_NAME = 0.3
AUTHENTICATION = {
    ("dmarc", "fail"): 1.0,
    ("spf", "fail"): 0.7,
    ("spf", "softfail"): 0.3,
}
LISTS_AT_MOST = 6.0  # whatever the lists say, either way


@frozen
class Reason:
    """One line for people, and what it added to the score."""

    score: float
    words: str


@frozen
class Sender:
    """What an account knows of who sends."""

    wrote_to: bool = False  # the account has written to it
    kept: bool = False  # the account has kept mail from it


STRANGER = Sender()


@frozen
class Verdict:
    """What an account's judgement of one message is."""

    score: float
    threshold: float
    reasons: tuple[Reason, ...]

    @property
    def is_spam(self) -> bool:
        """Whether the account's copy goes to Junk."""
        return self.score >= self.threshold


def own_share(counts: Counts) -> float:
    """How much the account's own counts say beside the seed."""
    return OWN_SHARE * counts.certainty / (counts.certainty + HALF_AT)


def of_words(seed: Seed, counts: Counts | None, numbers: frozenset[int]) -> list[Reason]:
    """What the words say."""
    reasons = [Reason(seed.score(numbers), "Its words are {} of spam anywhere")]
    share = 0.0 if counts is None else own_share(counts)
    if counts is not None and share:
        own = share * counts.score(numbers)
        told = f"{counts.good} good and {counts.spam} unwanted messages that you sorted"
        reasons.append(Reason(own, f"Its words are {{}} of spam by {told}"))
    return [
        Reason(found.score, found.words.format("those" if found.score > 0 else "not those"))
        for found in reasons
    ]


def of_likeness(known: Sequence[Sketch], numbers: frozenset[int]) -> list[Reason]:
    """What the account did by hand with a message like this one."""
    found = likest(numbers, known) if known else None
    if found is None:
        return []
    kind, how = found
    words = f"It is like mail that you {{}} Junk (by {100 * how:.0f} %)"
    if kind is Kind.GOOD:
        return [Reason(TAKEN_OUT[0] + TAKEN_OUT[1] * how, words.format("took out of"))]
    return [Reason(PUT_IN[0] + PUT_IN[1] * how, words.format("put into"))]


def of_source(
    reputation: Reputation, judgement: Judgement, sender: Sender, address: str
) -> list[Reason]:
    """What is known of where it comes from."""
    reasons = [
        Reason(
            entry.score,
            f"{entry.about} stands on the {'block' if entry.score > 0 else 'allow'} list "
            f"{entry.zone}{f' ({entry.words})' if entry.words else ''}",
        )
        for entry in reputation.listed
    ]
    listed = sum(reason.score for reason in reasons)
    if abs(listed) > LISTS_AT_MOST:
        rest = math.copysign(LISTS_AT_MOST, listed) - listed
        reasons.append(Reason(rest, "Lists together count no more"))
    if reputation.iprev == "fail":
        reasons.append(Reason(NO_NAME, "The name of the host that sent it does not lead back"))
    if reputation.greylist == PASSED:
        reasons.append(Reason(PASSED_GREYLIST, "It was sent again after a wait, as hosts do"))
    return [*reasons, *_of_results(judgement), *_of_sender(judgement, sender, address)]


def _of_results(judgement: Judgement) -> list[Reason]:
    reasons = []
    for (method, word), score in AUTHENTICATION.items():
        result = judgement.result_of(method)
        if result is not None and result.word == word:
            name = method.upper()
            reasons.append(Reason(score, f"{name} says {word}: it may not be from whom it says"))
    return reasons


def _of_sender(judgement: Judgement, sender: Sender, address: str) -> list[Reason]:
    if not address:
        return []
    if sender.wrote_to or sender.kept:
        if not is_vouched_for(judgement, address):
            # Anybody can write a friend's name into From.
            return [Reason(0.0, f"You know {address}, but nothing shows that it is from there")]
        if sender.wrote_to:
            return [Reason(WROTE_TO, f"You have written to {address}")]
        return [Reason(KEPT_BEFORE, f"You have kept mail from {address}")]
    if is_vouched_for(judgement, address) and judgement.results:
        return []  # the gentle lane: a first message whose domain stands for it
    return [Reason(FIRST_TIME, f"It is the first message from {address}")]


def is_vouched_for(judgement: Judgement, address: str) -> bool:
    """Whether From can be believed: DMARC passed; where nothing was looked at, it has to be."""
    if not judgement.results:
        return True
    dmarc = judgement.result_of("dmarc")
    if dmarc is not None and dmarc.word != "none":
        return dmarc.word == "pass"
    # A domain without a policy: its own signature or its own host will do.
    domain = address.rpartition("@")[2]
    return any(
        _is_of(value.rpartition("@")[2], domain)
        for result in judgement.results
        if result.word == "pass"
        for name, value in result.properties
        if name in {"header.d", "smtp.mailfrom"}
    )


def _is_of(told: str, domain: str) -> bool:
    told = told.lower()
    return bool(told) and (told == domain or domain.endswith("." + told))


def verdict(reasons: Sequence[Reason], threshold: float) -> Verdict:
    """The sum of the reasons beside an account's threshold; the weightiest reason first."""
    ordered = sorted(reasons, key=lambda reason: -abs(reason.score))
    return Verdict(math.fsum(reason.score for reason in reasons), threshold, tuple(ordered))
