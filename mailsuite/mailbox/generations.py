"""The UIDs of a mailbox between two expunges, kept for as long as somebody counts by them.

A session that is told of an expunge only later goes on counting by the generation before it.
However many expunges follow meanwhile, what is kept is one generation for each that somebody
counts by, and the UIDs of that one which have gone: a session that sleeps costs no more.
"""

from array import array
from collections.abc import Iterable, Iterator
from typing import Optional

from attrs import define, field


@define(eq=False)
class Generation:
    """The UIDs between two expunges; once there is a `next`, immutable.

    Attributes:
        removed: the UIDs, in no order, that stand here and not in `next`.
        until: before any of these went the mailbox was at this modseq, or a later one.
        before: the one before it in the chain of those that somebody counts by.
        holders: how many count by it.
    """

    uids: "array[int]"
    removed: list[int] = field(factory=list)
    next: Optional["Generation"] = None
    until: int = 0
    before: Optional["Generation"] = field(default=None, repr=False)
    holders: int = 0

    def followed(self, following: "Generation", removed: Iterable[int], until: int) -> None:
        """Begin the next generation, where these UIDs are gone."""
        self.removed, self.next, self.until = list(removed), following, until
        following.before = self
        self._fold()

    def hold(self) -> None:
        """Count by it."""
        self.holders += 1

    def release(self) -> None:
        """Count by it no longer."""
        self.holders -= 1
        self._fold()

    def newest(self) -> "Generation":
        """The one that the mailbox is at."""
        at = self
        while at.next is not None:
            at = at.next
        return at

    def removed_since(self) -> Iterator[int]:
        """The UIDs that went from here to the newest, in no order."""
        at = self
        while at.next is not None:
            yield from at.removed
            at = at.next

    def _fold(self) -> None:
        """Leave the chain if nobody counts by it: what went here goes with the one before."""
        if self.holders or self.next is None:
            return
        before = self.before
        if before is not None:
            last = before.uids[-1] if before.uids else 0
            before.removed += [uid for uid in self.removed if uid <= last]
            before.next = self.next
        self.next.before = before
        self.before = None
