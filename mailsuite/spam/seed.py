"""What mail is like before anybody has taught anything: the model that comes with the suite.

Logistic regression on hashed words and word pairs, tagged by where they stand, a signed octet a
weight. It was trained by `python -m bench.spam_train` on the public corpus of SpamAssassin (easy
ham, hard ham and spam of 2002 and 2003; each message is its sender's, and none can be read out of
the weights); the model itself is under the suite's own licence, Apache-2.0. `docs/spam.md` tells
how well it does.
"""

import json
import math
from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

import zstandard
from attrs import field, frozen

from mailsuite.spam.words import VERSION

BITS = 18
SLOTS = 1 << BITS
MASK = SLOTS - 1
SMOOTHING = 10
FILE = "seed.model"  # beside this module
FILE_OCTETS = 1024 * 1024


@frozen(eq=False)
class Seed:
    """The model.

    Attributes:
        scale: what a weight of 1 stands for.
        tail: scores of good mail that it had not seen, the highest first: `(part, score)`, where
            `part` of all good messages have a higher one.
    """

    weights: "array[int]" = field(repr=False)
    bias: float
    scale: float
    tail: Sequence[tuple[float, float]]
    origin: str = ""

    def score(self, numbers: Sequence[int] | frozenset[int]) -> float:
        """How much a message is like spam: above 0 rather than not (a logarithm of odds)."""
        slots = {number & MASK for number in numbers}
        total = sum(map(self.weights.__getitem__, slots))
        return self.bias + self.scale * total / math.sqrt(len(slots) + SMOOTHING)

    def telling(self, numbers: Iterable[int], most: int) -> list[tuple[int, float]]:
        """The words that speak loudest for or against, loudest first."""
        found = [(number, self.scale * self.weights[number & MASK]) for number in numbers]
        found.sort(key=lambda pair: (-abs(pair[1]), pair[0]))
        return [pair for pair in found[:most] if pair[1]]

    def packed(self) -> bytes:
        """The model as its file holds it."""
        about = {
            "words": VERSION,
            "bits": BITS,
            "bias": self.bias,
            "scale": self.scale,
            "tail": self.tail,
            "origin": self.origin,
        }
        octets = json.dumps(about).encode() + b"\n" + self.weights.tobytes()
        return zstandard.ZstdCompressor(level=19).compress(octets)

    @classmethod
    def unpacked(cls, octets: bytes) -> "Seed":
        """The model of a file.

        Raises:
            ValueError: it is of another version of words, or no model at all.
        """
        try:
            plain = zstandard.ZstdDecompressor().decompress(octets, max_output_size=FILE_OCTETS)
            head, _, rest = plain.partition(b"\n")
            about = json.loads(head)
        except zstandard.ZstdError as error:
            raise ValueError("no model") from error
        if about["words"] != VERSION or about["bits"] != BITS or len(rest) != SLOTS:
            raise ValueError("a model for other words")
        weights = array("b")
        weights.frombytes(rest)
        tail = [(part, score) for part, score in about["tail"]]
        return cls(weights, about["bias"], about["scale"], tail, about["origin"])


@cache
def shipped() -> Seed:
    """The model that comes with the suite: 256 KiB, read once a process."""
    return Seed.unpacked(resources.files("mailsuite.spam").joinpath(FILE).read_bytes())
