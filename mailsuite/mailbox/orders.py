"""Sorted orders of a mailbox, kept beside its view: the keys of a message never change.

A message's place is one octet string: its keys in such a form that octets compare as the keys do,
then its UID (`mailsuite.mailbox.sorting`).
"""

from array import array
from collections import OrderedDict
from itertools import accumulate
from typing import TypeAlias

from attrs import define, field, frozen

CACHED_OCTETS = 32 * 1024 * 1024  # of one mailbox: ten orders of 100,000 messages


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


@define
class Orders:
    """What a mailbox's view keeps for SORT; the least used goes first."""

    kept: "OrderedDict[Criteria, Order]" = field(factory=OrderedDict)

    @property
    def octets(self) -> int:
        """What they cost in memory."""
        return sum(order.octets for order in self.kept.values())

    def get(self, criteria: Criteria, messages: int) -> Order:
        """Return the order as far as it is known; one that is mostly of expunged ones is none."""
        order = self.kept.get(criteria, EMPTY)
        return EMPTY if len(order.uids) > 2 * messages + 1_000 else order

    def keep(self, criteria: Criteria, order: Order) -> None:
        """Keep it for the next one who asks."""
        self.kept[criteria] = order
        self.kept.move_to_end(criteria)
        while self.kept and self.octets > CACHED_OCTETS:
            self.kept.popitem(last=False)
