"""What is remembered of destinations: how many batches run, who failed, until when to wait."""

from collections.abc import Callable

from attrs import define, field

from mailsuite.relay.settings import RelaySettings

REMEMBERED = 10_000


@define(eq=False)
class Destination:
    """One domain, or the smarthost."""

    running: int = 0
    allowed: int = 1  # batches at once; one more after each that got through
    failures: int = 0  # in a row
    paused_until: float = 0.0  # on the clock


@define(eq=False)
class Destinations:
    """Who may be tried now. `seconds` is the clock."""

    settings: RelaySettings
    seconds: Callable[[], float]
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

    def next_pause_end(self) -> float | None:
        """When the first pause ends, on the clock."""
        now = self.seconds()
        ends = [d.paused_until for d in self._known.values() if d.paused_until > now]
        return min(ends, default=None)

    def start(self, name: str) -> Destination:
        """A batch begins."""
        known = self._known.setdefault(name, Destination())
        known.running += 1
        self.running += 1
        self._suspect += bool(known.failures)
        return known

    def end(self, name: str, *, reached: bool | None) -> None:
        """A batch ended; `reached`: whether a host took a connection, None: none was tried."""
        known = self._known[name]
        known.running -= 1
        self.running -= 1
        self._suspect -= bool(known.failures)
        if reached is None:
            return
        was_failing = bool(known.failures)
        if reached:
            known.failures, known.paused_until = 0, 0.0
            most = self.settings.limits.relay_connections_per_destination
            known.allowed = min(known.allowed + 1, most)
        else:
            known.failures += 1
            known.allowed = 1
            # Its queue, however long, costs one attempt at each step of the schedule (S19).
            retry = self.settings.retry
            pause = retry[min(known.failures, len(retry)) - 1]
            known.paused_until = self.seconds() + pause
        # Its other batches change sides with it.
        self._suspect += known.running * (bool(known.failures) - was_failing)

    def hurry(self) -> None:
        """The operator wants everything tried: no pause holds."""
        for known in self._known.values():
            known.paused_until = 0.0

    def _forget(self, now: float) -> None:
        if len(self._known) > REMEMBERED:
            idle = [n for n, d in self._known.items() if not d.running and d.paused_until <= now]
            for name in idle:
                del self._known[name]
