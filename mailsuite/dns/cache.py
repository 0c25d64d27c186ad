"""What is known until its time is over; never more than so many names."""

from collections import OrderedDict
from collections.abc import Callable

from attrs import define, field, frozen

from mailsuite.dns.wire import Found

NAMES = 10_000
# A TTL of 0 would have every recipient of a burst ask again; a week would outlive a move.
LEAST_SECONDS = 1
MOST_SECONDS = 86_400
# RFC 2308 §5: one to three hours are sensible for "it does not exist".
MOST_NEGATIVE_SECONDS = 3 * 3_600


@frozen
class Kept:
    """One outcome and the moment until which it holds."""

    found: Found
    until: float


@define
class Cache:
    """The least recently used goes first when there is no room."""

    seconds: Callable[[], float]
    limit: int = NAMES
    _kept: OrderedDict[tuple[str, str], Kept] = field(factory=OrderedDict, init=False)

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, name: str, kind: str) -> Kept | None:
        """What still holds, or None."""
        kept = self._kept.get((name, kind))
        if kept is None:
            return None
        if kept.until <= self.seconds():
            del self._kept[name, kind]
            return None
        self._kept.move_to_end((name, kind))
        return kept

    def keep(self, name: str, kind: str, found: Found) -> Kept:
        """Keep an outcome for its TTL, within the bounds."""
        most = MOST_SECONDS if isinstance(found.outcome, tuple) else MOST_NEGATIVE_SECONDS
        ttl = min(max(found.ttl, LEAST_SECONDS), most)
        kept = Kept(found, self.seconds() + ttl)
        self._kept[name, kind] = kept
        self._kept.move_to_end((name, kind))
        while len(self._kept) > self.limit:
            self._kept.popitem(last=False)
        return kept
