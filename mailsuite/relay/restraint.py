"""How many reports one sender gets: a stolen account must not drown its owner (threat S10)."""

from collections import Counter
from collections.abc import Callable

from attrs import define, field

WINDOW_SECONDS = 3_600
REPORTS = 200  # to one address in a window; nobody reads more
# To all senders of mail that came from outside and went on: who they are is not certain.
TO_STRANGERS = 100


@define
class Restraint:
    """Counts the reports of the last while, by sender; forgotten with the process."""

    seconds: Callable[[], float]
    _since: float = field(default=0.0, init=False)
    _told: Counter[str] = field(factory=Counter, init=False)
    _strangers: int = field(default=0, init=False)

    def note(self, sender: str) -> None:
        """One more went to this address."""
        self._told[sender] += 1

    def may_tell_stranger(self) -> bool:
        """Whether one more sender outside may be told in this window; counts it."""
        self._renew()
        self._strangers += 1
        return self._strangers <= TO_STRANGERS

    def has_enough(self, sender: str) -> bool:
        """Whether this address is told nothing more in this window."""
        return sender in self.satisfied()

    def satisfied(self) -> list[str]:
        """Every such address."""
        self._renew()
        return [sender for sender, count in self._told.items() if count >= REPORTS]

    def _renew(self) -> None:
        now = self.seconds()
        if now - self._since >= WINDOW_SECONDS:
            self._since, self._strangers = now, 0
            self._told.clear()
