"""What SORT and THREAD keep of a mailbox beside its view: the keys of a message never change.

A message's place in an order is one octet string: its keys in such a form that octets compare as
the keys do, then its UID (`mailsuite.mailbox.sorting`). THREAD keeps columns that grow with the
mailbox (`mailsuite.mailbox.threading`).
"""

from array import array
from collections import OrderedDict
from collections.abc import Hashable
from itertools import accumulate
from typing import TypeAlias

from attrs import define, field, frozen

from mailsuite.mailbox.threads import Letters

CACHED_OCTETS = 32 * 1024 * 1024  # of one mailbox: ten orders of 100,000 messages
ANSWERS = 4  # of THREAD that are kept: each algorithm's for numbers, or for UIDs


@frozen
class Criterion:
    """One key of a sort."""

    name: str  # a column of `mailsuite.store.sorting`, or `SENT`
    reverse: bool = False


SENT = "sent"  # Date, or the arrival where it is unreadable (RFC 5256 §2.2)
Criteria: TypeAlias = tuple[Criterion, ...]


@frozen
class Order:
    """All messages of a mailbox up to `last`, sorted: packed places, 20 to 60 octets a message."""

    packed: bytes
    lengths: "array[int]"
    uids: "array[int]"
    last: int

    @property
    def octets(self) -> int:
        """What it costs in memory."""
        return len(self.packed) + 6 * len(self.uids)

    def places(self) -> list[bytes]:
        """The places, in order."""
        packed, at = self.packed, 0
        found = []
        for end in accumulate(self.lengths):
            found.append(packed[at:end])
            at = end
        return found


EMPTY = Order(b"", array("H"), array("I"), 0)


def _uids() -> "array[int]":
    return array("I")


def _words() -> "array[int]":
    return array("q")


def _starts() -> "array[int]":
    return array("I", [0])


@define(eq=False)
class Ancestry:
    """Messages by rising UID, column by column, as `Letters` has them."""

    uids: "array[int]" = field(factory=_uids)
    own: "array[int]" = field(factory=_words)
    ancestors: "array[int]" = field(factory=_words)
    starts: "array[int]" = field(factory=_starts)
    sent: "array[int]" = field(factory=_words)
    arrived: "array[int]" = field(factory=_words)
    subjects: "array[int]" = field(factory=_words)
    replies: bytearray = field(factory=bytearray)

    @property
    def last(self) -> int:
        """The highest UID; 0 for none."""
        return self.uids[-1] if self.uids else 0

    @property
    def octets(self) -> int:
        """What it costs in memory."""
        return 41 * len(self.uids) + 8 * len(self.ancestors)

    def extend(self, more: "Ancestry") -> None:
        """Add messages with higher UIDs."""
        offset = len(self.ancestors)
        self.starts.extend([offset + start for start in more.starts[1:]])
        self.ancestors += more.ancestors
        self.own += more.own
        self.sent += more.sent
        self.arrived += more.arrived
        self.subjects += more.subjects
        self.replies += more.replies
        self.uids += more.uids  # last: what is counted by them is whole

    def letters(self) -> Letters:
        """All of them."""
        return Letters(
            self.own,
            self.ancestors,
            self.starts,
            self.sent,
            self.arrived,
            self.subjects,
            self.replies,
        )


@define(eq=False)
class Orders:
    """What a mailbox's view keeps; the least used goes first."""

    kept: "OrderedDict[Criteria, Order]" = field(factory=OrderedDict)
    ancestry: Ancestry | None = None
    answers: "OrderedDict[Hashable, bytes]" = field(factory=OrderedDict)

    @property
    def octets(self) -> int:
        """What they cost in memory."""
        answers = sum(2 * len(answer) for answer in self.answers.values())
        ancestry = self.ancestry.octets if self.ancestry else 0
        return sum(order.octets for order in self.kept.values()) + ancestry + answers

    def get(self, criteria: Criteria, messages: int) -> Order:
        """Return the order as far as it is known; one that is mostly of expunged ones is none."""
        order = self.kept.get(criteria, EMPTY)
        return EMPTY if len(order.uids) > 2 * messages + 1_000 else order

    def keep(self, criteria: Criteria, order: Order) -> None:
        """Keep it for the next one who asks."""
        self.kept[criteria] = order
        self.kept.move_to_end(criteria)
        self._shrink()

    def keep_ancestry(self, ancestry: Ancestry) -> None:
        """Keep it for the next one who asks."""
        self.ancestry = ancestry
        self._shrink()

    def remember(self, asked: Hashable, answer: bytes) -> None:
        """Keep an answer of THREAD: it holds as long as the same is asked of the same messages."""
        self.answers[asked] = answer
        while len(self.answers) > ANSWERS:
            self.answers.popitem(last=False)
        self._shrink()

    def _shrink(self) -> None:
        for kept in (self.answers, self.kept):
            while kept and self.octets > CACHED_OCTETS:
                kept.popitem(last=False)
        if self.octets > CACHED_OCTETS:
            self.ancestry = None
