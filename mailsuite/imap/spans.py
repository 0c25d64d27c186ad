"""Messages of one mailbox as runs of neighbours: what `$` keeps (RFC 9051 §6.4.4.1).

A run is two UIDs. Between neighbours nothing ever comes in, since a new UID is above all others
(RFC 9051 §2.3.1.1), and what is expunged is found no more: so the runs stay true by themselves,
and all of a mailbox is one.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

LARGEST_STEP = 4_096


class Spans:
    """An immutable set of messages: 8 octets a run."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, uids: Sequence[int] = (), known: "array[int] | None" = None) -> None:
        """Keep `uids`, rising, which are among the `known` ones, rising too."""
        self._firsts: array[int] = array("I")
        self._lasts: array[int] = array("I")
        if known is not None:
            self._gather(array("I", uids), known)

    def __len__(self) -> int:
        """How many runs it takes."""
        return len(self._firsts)

    def _gather(self, uids: "array[int]", known: "array[int]") -> None:
        start = 0
        while start < len(uids):
            at = bisect_left(known, uids[start])
            end, step = start + 1, 1
            # Slices are compared at once, twice as long each time they are the same.
            while step:
                same = uids[end : end + step] == known[at + end - start : at + end - start + step]
                if same and end < len(uids):
                    end = min(end + step, len(uids))
                    step = min(2 * step, LARGEST_STEP)
                else:
                    step //= 2
            self._firsts.append(uids[start])
            self._lasts.append(uids[end - 1])
            start = end

    def among(self, uids: "array[int]", count: int) -> "array[int]":
        """Those of the first `count` of some UIDs, rising, that are in the set."""
        found: array[int] = array("I")
        start = 0
        for first, last in zip(self._firsts, self._lasts, strict=True):
            start = bisect_left(uids, first, start, count)
            end = bisect_right(uids, last, start, count)
            found += uids[start:end]
            start = end
        return found


NOTHING = Spans()
