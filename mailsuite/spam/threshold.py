"""From which score on a message goes to Junk: set for each account by the mail that it kept.

Good filters order mail much alike; what fails is a fixed threshold, since one person's newsletters
score as another's spam. So it stands where one good message in a thousand would lie above it: at
first by the mail that the seed had not seen, then more and more by what the account kept.
"""

import math
from collections.abc import Sequence

LOST = 0.001  # part of good mail that may lie above
PRIOR_MESSAGES = 500  # so many of the account's own weigh as much as what was known before
FEWEST = 20  # kept messages that say anything
KEPT_SCORES = 1_000  # the newest ones are asked
TAIL = 20  # one in so many makes the upper end
LEAST_TAIL = 5
ABOVE = 200  # one kept message in so many may lie above the threshold, and at first none
MARGIN = 0.1


def upper_end(scores: Sequence[float], part: float = LOST) -> float:
    """The score that `part` of such messages lie above, as their upper end goes on: exponentially.

    So it can be told of fewer messages than one in `part`.
    """
    ordered = sorted(scores, reverse=True)
    count = max(LEAST_TAIL, len(ordered) // TAIL)
    edge = ordered[count]
    mean = sum(score - edge for score in ordered[:count]) / count
    return edge + mean * math.log(count / len(ordered) / part)


def of_tail(tail: Sequence[tuple[float, float]], part: float = LOST) -> float:
    """The same of the seed's own tail (`Seed.tail`), of which the nearest part counts."""
    if not tail:
        return 0.0
    return min(tail, key=lambda pair: abs(math.log(pair[0] / part)))[1]


def threshold(tail: Sequence[tuple[float, float]], kept: Sequence[float]) -> float:
    """Where an account's threshold stands.

    Args:
        tail: of the seed.
        kept: scores of the account's good mail, as they were before it was taught; the newest
            `KEPT_SCORES`.
    """
    before = of_tail(tail)
    if len(kept) < FEWEST:
        return before
    own = upper_end(kept)
    mixed = (PRIOR_MESSAGES * before + len(kept) * own) / (PRIOR_MESSAGES + len(kept))
    # Whatever was known before: what an account goes on keeping is not taken from it.
    highest = sorted(kept, reverse=True)[len(kept) // ABOVE]
    return max(mixed, highest + MARGIN)
