"""What is remembered of destinations: how many batches run, who failed, until when to wait."""

import random
from collections.abc import Callable
from enum import Enum

from attrs import define, field

from mailsuite.relay.schedule import JITTER
from mailsuite.relay.settings import RelaySettings

REMEMBERED = 10_000
CROWDED_SECONDS = 600.0  # so long no more connections are tried than a host has let stand


class Reached(Enum):
    """What a batch found out about its destination."""

    YES = "a host took a connection"
    NO = "none did"
    CROWDED = "none took one more than those that stand"
    UNTRIED = "there was nothing to connect to"


@define(eq=False)
class Destination:
    """One domain, or the smarthost."""

    running: int = 0
    allowed: int = 1  # batches at once; one more after each that carried a letter
    failures: int = 0  # in a row
    paused_until: float = 0.0  # on the clock
    most: int = 0  # batches at once that it lets stand, until then; 0: not known
    most_until: float = 0.0


@define(eq=False)
class Destinations:
    """Who may be tried now. `seconds` is the clock."""

    settings: RelaySettings
    seconds: Callable[[], float]
    draw: Callable[[], float] = random.random
    _known: dict[str, Destination] = field(factory=dict, init=False)
    running: int = field(default=0, init=False)
    _suspect: int = field(default=0, init=False)  # running batches of those that failed last

    @property
    def room(self) -> int:
        """Batches that may be started now."""
        return self.settings.limits.relay_connections - self.running

    @property
    def suspect_room(self) -> int:
        """How many of these may be for `suspects`: half of all connections are never theirs."""
        return min(self.room, self.settings.limits.relay_connections // 2 - self._suspect)

    def busy(self) -> list[str]:
        """Domains from which nothing is to be leased now."""
        now = self.seconds()
        self._forget(now)
        return [
            name
            for name, known in self._known.items()
            if known.running >= known.allowed or known.paused_until > now
        ]

    def suspects(self) -> list[str]:
        """Domains that failed last: they wait their turn behind all others."""
        return [name for name, known in self._known.items() if known.failures]

    def next_pause_end(self, since: float) -> float | None:
        """When the first pause ends that held at `since`, on the clock."""
        ends = [d.paused_until for d in self._known.values() if d.paused_until > since]
        return min(ends, default=None)

    def start(self, name: str) -> Destination:
        """A batch begins."""
        known = self._known.setdefault(name, Destination())
        known.running += 1
        self.running += 1
        self._suspect += bool(known.failures)
        return known

    def proven(self, name: str) -> None:
        """A new connection has carried its first letter: slow start, twice as many each round."""
        known = self._known[name]
        known.allowed = max(known.allowed, min(known.allowed + 1, self._most(known)))

    def end(self, name: str, reached: Reached) -> None:
        """A batch ended."""
        known = self._known[name]
        known.running -= 1
        self.running -= 1
        self._suspect -= bool(known.failures)
        was_failing = bool(known.failures)
        if reached is Reached.YES:
            known.failures, known.paused_until = 0, 0.0
        elif reached is Reached.CROWDED:
            known.most = known.allowed = max(known.running, 1)
            known.most_until = self.seconds() + CROWDED_SECONDS
        elif reached is Reached.NO:
            known.failures += 1
            known.allowed = 1
            # Its queue, however long, costs one attempt at each step of the schedule (S19).
            retry = self.settings.retry
            pause = retry[min(known.failures, len(retry)) - 1]
            known.paused_until = self.seconds() + pause * (1 - JITTER + 2 * JITTER * self.draw())
        # Its other batches change sides with it.
        self._suspect += known.running * (bool(known.failures) - was_failing)

    def _most(self, known: Destination) -> int:
        most = self.settings.limits.relay_connections_per_destination
        return min(most, known.most) if known.most_until > self.seconds() else most

    def hurry(self) -> None:
        """The operator wants everything tried: no pause holds."""
        for known in self._known.values():
            known.paused_until = 0.0

    def _forget(self, now: float) -> None:
        if len(self._known) > REMEMBERED:
            idle = [n for n, d in self._known.items() if not d.running and d.paused_until <= now]
            for name in idle:
                del self._known[name]
