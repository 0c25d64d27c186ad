"""How many wrong passwords a source may try: limits by address, network and account.

No I/O, no clock of its own. Where a limit is met, nothing is hashed (threat A1). Whoever
signed in from an address before has a budget of his own there, which no stranger can use up
(A2). All intervals are by a monotonic clock (K16); what is counted lies in
`mailsuite.wire.tallies`, for one process or for all workers.
"""

from collections.abc import Callable
from enum import Enum, auto

from attrs import Factory, define, field

from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.tallies import Key, LocalTallies, Tallies

SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 3.0  # that a failure waits for its answer
STORM = 1_000  # failures an hour on the whole host: then each waits longest
EVERYBODY = ("everybody",)


class Standing(Enum):
    """Whether a password may be looked at now."""

    FREE = auto()
    WAIT = auto()  # the checks that run now may use the budget up: ask again after one of them
    BLOCKED = auto()


@define(eq=False)
class Attempt:
    """Whose password is tried, and from where."""

    name: str  # as given, canonical where it is an address
    peer: Peer
    # What each check counts against until it ends: by then the pair may be known.
    running: list[list[Key]] = field(factory=list, init=False)

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
    tallies: Tallies = field(
        default=Factory(lambda self: LocalTallies(self.seconds), takes_self=True)
    )

    def blocked(self, attempt: Attempt) -> bool:
        """Whether the source or account has used its failures up, and costs no work now."""
        return any(self.tallies.noted(key) >= limit for key, limit in self._budgets(attempt))

    def begin(self, attempt: Attempt) -> Standing:
        """Ask for one check. FREE: it is counted as running until `succeeded`, `failed`, `void`."""
        budgets, tallies = self._budgets(attempt), self.tallies
        used = [(tallies.noted(key), tallies.standing(key), limit) for key, limit in budgets]
        if any(failures >= limit for failures, _, limit in used):
            return Standing.BLOCKED
        if any(failures + running >= limit for failures, running, limit in used):
            return Standing.WAIT
        keys = [key for key, _ in budgets]
        for key in keys:
            tallies.begin(key)
        attempt.running.append(keys)
        return Standing.FREE

    def succeeded(self, attempt: Attempt) -> None:
        """The password was right: the account is known at this source from now on."""
        self._ended(attempt)
        self.tallies.remember(attempt.pair)

    def failed(self, attempt: Attempt) -> None:
        """The password was wrong."""
        for key in self._ended(attempt):
            self.tallies.note(key)
        self.tallies.note(EVERYBODY)

    def void(self, attempt: Attempt) -> None:
        """The check ended without an answer (`Busy`): nobody's fault."""
        self._ended(attempt)

    def delay(self, attempt: Attempt) -> float:
        """Seconds that the answer to a failure waits: more with each, and all in a storm."""
        if self.tallies.noted(EVERYBODY) > STORM:
            return LONGEST_SECONDS
        failures = max(self.tallies.noted(key) for key, _ in self._budgets(attempt))
        return min(LONGEST_SECONDS, SHORTEST_SECONDS + failures / 4)

    def _budgets(self, attempt: Attempt) -> list[tuple[Key, int]]:
        limits = self.limits
        if self.tallies.remembers(attempt.pair):
            return [(("known", *attempt.pair), limits.sign_in_failures_per_address)]
        return [
            (("address", attempt.peer.address), limits.sign_in_failures_per_address),
            (("network", attempt.peer.network), limits.sign_in_failures_per_network),
            (("account", attempt.name), limits.sign_in_failures_per_account),
        ]

    def _ended(self, attempt: Attempt) -> list[Key]:
        keys = attempt.running.pop()
        for key in keys:
            self.tallies.end(key)
        return keys
