"""When a recipient is tried again (RFC 5321 §4.5.4.1)."""

from collections.abc import Callable, Sequence

# Of the wait, up and down: what failed together is not tried together (threat S19).
JITTER = 0.1


def next_try(
    now: int, tries: int, expires: int, retry: Sequence[int], draw: Callable[[], float]
) -> int:
    """The time of the next attempt, seconds UTC; never after `expires`.

    `tries` counts the attempts before the one that has just failed; `draw` gives 0 to 1.
    """
    wait = retry[min(tries, len(retry) - 1)]
    again = now + max(1, round(wait * (1 - JITTER + 2 * JITTER * draw())))
    return min(again, max(expires, now + 1))
