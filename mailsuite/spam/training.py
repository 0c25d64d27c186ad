"""How the seed is made: logistic regression by stochastic descent, a step size a word.

Plain Python, so that anybody can make it anew from mail of their own; 3,000 messages take half a
minute.
"""

import math
import random
from array import array
from collections.abc import Sequence

from attrs import frozen

from mailsuite.spam.seed import MASK, SLOTS, SMOOTHING, Seed

EPOCHS = 8
RATE = 0.5
SPAM_COUNTS = 2.0  # there is less of it
SURE = 0.01  # what is so nearly right changes nothing
LARGEST = 127
PARTS = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)


@frozen
class Example:
    """One message and what it is."""

    numbers: frozenset[int]
    is_spam: bool


def train(examples: Sequence[Example], *, epochs: int = EPOCHS, origin: str = "") -> Seed:
    """Learn from the examples; the same ones always give the same model."""
    rows = [(sorted({number & MASK for number in e.numbers}), e.is_spam) for e in examples]
    weights, steps = [0.0] * SLOTS, [0.01] * SLOTS
    bias, bias_step = 0.0, 0.01
    order = random.Random(1)  # noqa: S311 - an order, no secret
    for _ in range(epochs):
        order.shuffle(rows)
        for slots, is_spam in rows:
            scale = 1 / math.sqrt(len(slots) + SMOOTHING)
            total = bias + scale * sum([weights[slot] for slot in slots])
            wrong = 1 / (1 + math.exp(-max(-30.0, min(30.0, total)))) - is_spam
            wrong *= SPAM_COUNTS if is_spam else 1.0
            if abs(wrong) < SURE:
                continue
            slope = wrong * scale
            for slot in slots:
                step = steps[slot] = steps[slot] + slope * slope
                weights[slot] -= RATE * slope / math.sqrt(step)
            bias_step += wrong * wrong
            bias -= RATE * wrong / math.sqrt(bias_step)
    largest = max(map(abs, weights)) or 1.0
    unit = largest / LARGEST
    return Seed(array("b", [round(w / unit) for w in weights]), bias, unit, (), origin)


def tail_of(scores: Sequence[float]) -> list[tuple[float, float]]:
    """The upper end of good mail's scores, as `Seed.tail` keeps it."""
    ordered = sorted(scores, reverse=True)
    return [
        (part, round(ordered[min(int(len(ordered) * part), len(ordered) - 1)], 3)) for part in PARTS
    ]
