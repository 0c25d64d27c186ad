"""How many wrong passwords a source may try: limits by address, network and account.

No I/O, no clock of its own. Where a limit is met, nothing is hashed (threat A1). Whoever
signed in from an address before has a budget of his own there, which no stranger can use up
(A2). All intervals are by a monotonic clock (K16); every table is bounded (S17).
"""

from collections import OrderedDict
from collections.abc import Callable
from enum import Enum, auto

from attrs import define, field

from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer

WINDOW_SECONDS = 3_600
COUNTS = 20_000  # sources and accounts that are remembered
KNOWN = 20_000  # pairs of account and source that signed in
SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 3.0  # that a failure waits for its answer
STORM = 1_000  # failures an hour on the whole host: then each waits longest


class Standing(Enum):
    """Whether a password may be looked at now."""

    FREE = auto()
    WAIT = auto()  # the checks that run now may use the budget up: ask again after one of them
    BLOCKED = auto()


@define
class _Count:
    """Failures since the window began, and checks that run now."""

    since: float
    failures: int = 0
    running: int = 0


@define(eq=False)
class Attempt:
    """Whose password is tried, and from where."""

    name: str  # as given, canonical where it is an address
    peer: Peer
    # What each check counts against until it ends: by then the pair may be known.
    running: list[list[tuple[str, str]]] = field(factory=list, init=False)

    @property
    def source(self) -> str:
        """What a device keeps while it moves little: its IPv4 address, or its IPv6 /64."""
        return self.peer.network if ":" in self.peer.address else self.peer.address

    @property
    def pair(self) -> tuple[str, str]:
        """The account at this source."""
        return self.name, self.source


@define
class Throttle:
    """Counts failures; asked before each check of a password and told how it ended."""

    limits: Limits
    seconds: Callable[[], float]  # monotonic
    _counts: OrderedDict[tuple[str, str], _Count] = field(factory=OrderedDict, init=False)
    _known: OrderedDict[tuple[str, str], None] = field(factory=OrderedDict, init=False)

    @property
    def held(self) -> int:
        """Entries in all tables: at most `COUNTS` + `KNOWN`."""
        return len(self._counts) + len(self._known)

    def blocked(self, attempt: Attempt) -> bool:
        """Whether the source or account has used its failures up, and costs no work now."""
        return any(
            count.failures >= limit
            for key, limit in self._budgets(attempt)
            if (count := self._current(key)) is not None
        )

    def begin(self, attempt: Attempt) -> Standing:
        """Ask for one check. FREE: it is counted as running until `succeeded`, `failed`, `void`."""
        budgets = self._budgets(attempt)
        counts = [self._count(key) for key, _ in budgets]
        used = list(zip(counts, (limit for _, limit in budgets), strict=True))
        if any(count.failures >= limit for count, limit in used):
            return Standing.BLOCKED
        if any(count.failures + count.running >= limit for count, limit in used):
            return Standing.WAIT
        for count in counts:
            count.running += 1
        attempt.running.append([key for key, _ in budgets])
        self._counts_bounded()
        return Standing.FREE

    def succeeded(self, attempt: Attempt) -> None:
        """The password was right: the account is known at this source from now on."""
        self._ended(attempt, failures=0)
        self._known[attempt.pair] = None
        self._known.move_to_end(attempt.pair)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)

    def failed(self, attempt: Attempt) -> None:
        """The password was wrong."""
        self._ended(attempt, failures=1)
        self._count(("everybody", "")).failures += 1

    def void(self, attempt: Attempt) -> None:
        """The check ended without an answer (`Busy`): nobody's fault."""
        self._ended(attempt, failures=0)

    def delay(self, attempt: Attempt) -> float:
        """Seconds that the answer to a failure waits: more with each, and all in a storm."""
        everybody = self._current(("everybody", ""))
        if everybody is not None and everybody.failures > STORM:
            return LONGEST_SECONDS
        failures = max(
            (count.failures for key, _ in self._budgets(attempt) if (count := self._current(key))),
            default=0,
        )
        return min(LONGEST_SECONDS, SHORTEST_SECONDS + failures / 4)

    def _budgets(self, attempt: Attempt) -> list[tuple[tuple[str, str], int]]:
        limits = self.limits
        if attempt.pair in self._known:
            return [(("known", " ".join(attempt.pair)), limits.sign_in_failures_per_address)]
        return [
            (("address", attempt.peer.address), limits.sign_in_failures_per_address),
            (("network", attempt.peer.network), limits.sign_in_failures_per_network),
            (("account", attempt.name), limits.sign_in_failures_per_account),
        ]

    def _current(self, key: tuple[str, str]) -> _Count | None:
        count = self._counts.get(key)
        if count is not None and self.seconds() - count.since >= WINDOW_SECONDS:
            count.since, count.failures = self.seconds(), 0
        return count

    def _count(self, key: tuple[str, str]) -> _Count:
        count = self._current(key)
        if count is None:
            count = self._counts[key] = _Count(self.seconds())
        self._counts.move_to_end(key)
        return count

    def _counts_bounded(self) -> None:
        while len(self._counts) > COUNTS:
            self._counts.popitem(last=False)

    def _ended(self, attempt: Attempt, failures: int) -> None:
        for key in attempt.running.pop():
            count = self._count(key)
            count.running = max(0, count.running - 1)
            count.failures += failures
        self._counts_bounded()
