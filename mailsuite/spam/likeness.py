"""How like one message is to another: by the lowest of their words' numbers.

What somebody takes out of Junk by hand must not fall into it again, however sure the words are:
that is known of a few messages at once, long before counts say anything. A sketch is 64 numbers;
no word can be read out of it.
"""

from array import array
from collections.abc import Sequence
from heapq import nsmallest

from attrs import frozen

from mailsuite.spam.bayes import Kind

LENGTH = 64
REMEMBERED = 50  # sketches of each kind that a message is compared with: 0.2 ms
ALIKE_GOOD, ALIKE_SPAM = 0.3, 0.5  # from here on it counts; to be wrong about spam costs more


@frozen
class Sketch:
    """What a message is remembered by."""

    kind: Kind
    lowest: frozenset[int]


def sketch(numbers: frozenset[int]) -> bytes:
    """The sketch of a message, as it is kept."""
    return array("I", nsmallest(LENGTH, numbers)).tobytes()


def unpacked(kind: Kind, octets: bytes) -> Sketch:
    """A sketch that was kept."""
    lowest = array("I")
    lowest.frombytes(octets[: len(octets) // 4 * 4])
    return Sketch(kind, frozenset(lowest))


def likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """The part of their words that two messages have in common, from their sketches: 0 to 1."""
    lowest = nsmallest(LENGTH, one | other)
    return len(one & other & set(lowest)) / len(lowest) if lowest else 0.0


def likest(numbers: frozenset[int], known: Sequence[Sketch]) -> tuple[Kind, float] | None:
    """The kind of the remembered message that is likest, and how like; None: none is alike."""
    mine = frozenset(nsmallest(LENGTH, numbers))
    found = [(likeness(mine, one.lowest), one.kind) for one in known]
    alike = [
        (how, kind)
        for how, kind in found
        if how >= (ALIKE_GOOD if kind is Kind.GOOD else ALIKE_SPAM)
    ]
    if not alike:
        return None
    # Where one of each is as like, good mail wins.
    how, kind = max(alike, key=lambda pair: (pair[0], pair[1] is Kind.GOOD))
    return kind, how
