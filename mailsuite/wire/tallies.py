"""Counts behind the limits that hold for a whole host: in one process, or over all its workers.

Three kinds: what happened within a minute, an hour or a day (wrong passwords), what stands just now
(connections), and what is remembered (who signed in from where). Every table is bounded (S17).

Workers count in memory that they share (`mailsuite.wire.board`), each in a table of its own, so
that nobody waits for anybody. A key has two places there, under a key of the host: a count may be
too high only where both are another's too, and is never too low.
"""

from collections import OrderedDict
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

from attrs import define, field

from mailsuite.wire.board import GAUGES, KEPT, ROWS, WINDOWS, Board

COUNTS = 20_000  # of what happened, for each window, in one process
REMEMBERED = 20_000
HALF = 32  # bits: a window is when it began, in seconds, above how often it happened
LOWER = (1 << HALF) - 1

Key = tuple[object, ...]


class Window(IntEnum):
    """How long what happened counts, from its first time on; the value is its table's place."""

    MINUTE = 0
    HOUR = 1
    DAY = 2

    @property
    def seconds(self) -> int:
        """Its length."""
        return SECONDS[self]


SECONDS = (60, 3_600, 86_400)
MINUTE, HOUR, DAY = Window


class Tallies(Protocol):
    """The counts of a host."""

    def note(self, key: Key, window: Window = HOUR) -> None:
        """It happened once more."""

    def noted(self, key: Key, window: Window = HOUR) -> int:
        """How often it happened since such a window began."""
        ...

    def count(self, key: Key, window: Window) -> int:
        """It happened once more; how often since such a window began, with this."""
        ...

    def begin(self, key: Key) -> None:
        """There is one more of it."""

    def end(self, key: Key) -> None:
        """There is one less."""

    def standing(self, key: Key) -> int:
        """How many there are now."""
        ...

    def remember(self, key: Key) -> None:
        """Remember it, in the place of something older when there is too much."""

    def remembers(self, key: Key) -> bool:
        """Whether it is remembered."""
        ...


@define
class _Count:
    since: float
    count: int = 0


@define
class LocalTallies:
    """Of a host that is one process."""

    seconds: Callable[[], float]
    _windows: tuple[OrderedDict[Key, _Count], ...] = field(
        factory=lambda: tuple(OrderedDict() for _ in Window), init=False
    )
    _standing: dict[Key, int] = field(factory=dict, init=False)
    _remembered: OrderedDict[Key, None] = field(factory=OrderedDict, init=False)

    @property
    def held(self) -> int:
        """Entries in all tables that strangers fill: at most three `COUNTS` + `REMEMBERED`."""
        return sum(map(len, self._windows)) + len(self._remembered)

    def note(self, key: Key, window: Window = HOUR) -> None:
        """See `Tallies`."""
        self.count(key, window)

    def noted(self, key: Key, window: Window = HOUR) -> int:
        """See `Tallies`."""
        table = self._windows[window]
        count = table.get(key)
        if count is None:
            return 0
        if self.seconds() - count.since >= window.seconds:
            del table[key]
            return 0
        return count.count

    def count(self, key: Key, window: Window) -> int:
        """See `Tallies`."""
        now, table = self.seconds(), self._windows[window]
        count = table.get(key)
        if count is None or now - count.since >= SECONDS[window]:
            count = table[key] = _Count(now)
        count.count += 1
        table.move_to_end(key)
        if len(table) > COUNTS:
            table.popitem(last=False)
        return count.count

    def begin(self, key: Key) -> None:
        """See `Tallies`."""
        self._standing[key] = self._standing.get(key, 0) + 1

    def end(self, key: Key) -> None:
        """See `Tallies`."""
        left = self._standing.get(key, 0) - 1
        if left > 0:
            self._standing[key] = left
        else:
            self._standing.pop(key, None)

    def standing(self, key: Key) -> int:
        """See `Tallies`."""
        return self._standing.get(key, 0)

    def remember(self, key: Key) -> None:
        """See `Tallies`."""
        self._remembered[key] = None
        self._remembered.move_to_end(key)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)

    def remembers(self, key: Key) -> bool:
        """See `Tallies`."""
        return key in self._remembered


@define
class SharedTallies:
    """Of all workers of a host.

    Args:
        seconds: a clock that all processes of the machine share.
    """

    board: Board
    seconds: Callable[[], float]

    def note(self, key: Key, window: Window = HOUR) -> None:
        """See `Tallies`."""
        words, now, seconds = self.board.words, int(self.seconds()), window.seconds
        own = self.board.windows(self.board.worker, window)
        for place in self._places(key, WINDOWS):
            word = words[own + place]
            live = now - (word >> HALF) < seconds
            words[own + place] = word + 1 if live and word else now << HALF | 1

    def noted(self, key: Key, window: Window = HOUR) -> int:
        """See `Tallies`."""
        words, now, seconds = self.board.words, int(self.seconds()), window.seconds
        counts = [0] * ROWS
        for row, place in enumerate(self._places(key, WINDOWS)):
            for worker in range(1, self.board.workers + 1):
                word = words[self.board.windows(worker, window) + place]
                if now - (word >> HALF) < seconds:
                    counts[row] += word & LOWER
        return min(counts)

    def count(self, key: Key, window: Window) -> int:
        """See `Tallies`."""
        self.note(key, window)
        return self.noted(key, window)

    def begin(self, key: Key) -> None:
        """See `Tallies`."""
        own = self.board.gauges(self.board.worker)
        for place in self._places(key, GAUGES):
            self.board.words[own + place] += 1

    def end(self, key: Key) -> None:
        """See `Tallies`."""
        own = self.board.gauges(self.board.worker)
        for place in self._places(key, GAUGES):
            self.board.words[own + place] -= 1

    def standing(self, key: Key) -> int:
        """See `Tallies`."""
        words, workers = self.board.words, range(1, self.board.workers + 1)
        return min(
            sum(words[self.board.gauges(worker) + place] for worker in workers)
            for place in self._places(key, GAUGES)
        )

    def remember(self, key: Key) -> None:
        """See `Tallies`."""
        digest = self.board.digest(*key)
        self.board.words[self.board.kept + digest % KEPT] = digest >> 64 or 1

    def remembers(self, key: Key) -> bool:
        """See `Tallies`."""
        digest = self.board.digest(*key)
        return self.board.words[self.board.kept + digest % KEPT] == (digest >> 64 or 1)

    def _places(self, key: Key, width: int) -> list[int]:
        digest = self.board.digest(*key)
        return [row * width + (digest >> 32 * row) % width for row in range(ROWS)]
