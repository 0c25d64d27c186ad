"""What one account has taught: in how many good and how many unwanted messages a word stood.

Counts alone: a message is taken back exactly, two accounts are added up, and each count can be
shown. Words share `SLOTS` counters by their numbers, so an account's counts take 2 MiB in memory
and less on disk, however much it teaches.
"""

import math
from array import array
from collections.abc import Iterable
from enum import IntEnum

from attrs import define, field, frozen

SLOTS = 1 << 19
MASK = SLOTS - 1
MOST_MESSAGES = 60_000  # of a kind; a counter of 16 bits never runs over
FORM = 1  # of `packed`
# How a word speaks: log((s + K/2) / (S + K)) - log((g + K/2) / (G + K)), no louder than LOUDEST.
K = 0.3
LOUDEST = 3.0
SMOOTHING = 10  # added to the number of words that a sum is divided by the root of


class Kind(IntEnum):
    """What a message was called."""

    GOOD = 1
    SPAM = 2


@frozen
class Word:
    """How one word speaks, for people."""

    number: int
    weight: float  # above 0: for spam
    good: int  # messages that it stood in
    spam: int


def _zeros() -> "array[int]":
    return array("H", bytes(2 * SLOTS))


@define(eq=False)
class Counts:
    """The counts of one account."""

    good: int = 0  # messages taught
    spam: int = 0
    in_good: "array[int]" = field(factory=_zeros, repr=False)  # messages by slot
    in_spam: "array[int]" = field(factory=_zeros, repr=False)

    def teach(self, kind: Kind, numbers: Iterable[int]) -> bool:
        """Count a message's words; False: so many are counted already that nothing is added."""
        if self._messages(kind) >= MOST_MESSAGES:
            return False
        self._add(kind, numbers, 1)
        return True

    def unteach(self, kind: Kind, numbers: Iterable[int]) -> None:
        """Take back what `teach` counted with the same numbers."""
        self._add(kind, numbers, -1)

    def _messages(self, kind: Kind) -> int:
        return self.good if kind is Kind.GOOD else self.spam

    def _add(self, kind: Kind, numbers: Iterable[int], by: int) -> None:
        table = self.in_good if kind is Kind.GOOD else self.in_spam
        # Once a message, also where two of its words share a slot.
        for slot in {number & MASK for number in numbers}:
            table[slot] = max(table[slot] + by, 0)
        if kind is Kind.GOOD:
            self.good = max(self.good + by, 0)
        else:
            self.spam = max(self.spam + by, 0)

    def merge(self, other: "Counts") -> None:
        """Add another account's counts.

        Raises:
            OverflowError: together they are too many; nothing was added.
        """
        if max(self.good + other.good, self.spam + other.spam) > MOST_MESSAGES:
            raise OverflowError
        for mine, theirs in ((self.in_good, other.in_good), (self.in_spam, other.in_spam)):
            for slot, count in enumerate(theirs):
                if count:
                    mine[slot] += count
        self.good += other.good
        self.spam += other.spam

    def score(self, numbers: Iterable[int]) -> float:
        """How much the words of a message are those of spam: 0 where nothing is known."""
        if not self.good or not self.spam:
            return 0.0
        slots = [number & MASK for number in numbers]
        most = math.log((self.good + K) / (self.spam + K))
        total = 0.0
        for good, spam in zip(
            map(self.in_good.__getitem__, slots), map(self.in_spam.__getitem__, slots), strict=True
        ):
            if good or spam:
                weight = most + math.log((spam + K / 2) / (good + K / 2))
                total += min(max(weight, -LOUDEST), LOUDEST)
        return total / math.sqrt(len(slots) + SMOOTHING)

    def telling(self, numbers: Iterable[int], most: int) -> list[Word]:
        """The words that speak loudest, loudest first."""
        found = [self.word(number) for number in numbers]
        found.sort(key=lambda word: (-abs(word.weight), word.number))
        return [word for word in found[:most] if word.weight]

    def word(self, number: int) -> Word:
        """What is known of one word."""
        good, spam = self.in_good[number & MASK], self.in_spam[number & MASK]
        if not (good or spam) or not (self.good and self.spam):
            return Word(number, 0.0, good, spam)
        weight = math.log((spam + K / 2) / (good + K / 2) * (self.good + K) / (self.spam + K))
        return Word(number, min(max(weight, -LOUDEST), LOUDEST), good, spam)

    @property
    def certainty(self) -> int:
        """Messages behind the scores: of the kind of which there are less, five times the spam."""
        return min(self.good, 5 * self.spam)

    def packed(self) -> bytes:
        """All counts as octets, mostly zeros: to be compressed."""
        head = array("I", (FORM, self.good, self.spam, SLOTS))
        return head.tobytes() + self.in_good.tobytes() + self.in_spam.tobytes()

    @classmethod
    def unpacked(cls, octets: bytes) -> "Counts":
        """Counts from what `packed` wrote.

        Raises:
            ValueError: it was not written by this form.
        """
        head = array("I")
        head.frombytes(octets[:16])
        if len(octets) != 16 + 4 * SLOTS or head[0] != FORM or head[3] != SLOTS:
            raise ValueError("not the counts of this version")
        good, spam = array("H"), array("H")
        good.frombytes(octets[16 : 16 + 2 * SLOTS])
        spam.frombytes(octets[16 + 2 * SLOTS :])
        return cls(head[1], head[2], good, spam)
