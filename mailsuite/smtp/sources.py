"""What is remembered of who sends: networks that behave badly, accounts that send much."""

from collections import Counter, OrderedDict
from collections.abc import Callable

from attrs import define, field

from mailsuite.errors import Busy
from mailsuite.wire.limits import Limits

REMEMBERED = 10_000  # networks, least recently seen first to go
WINDOW_SECONDS = 3_600
OFFENCES = 50  # in a window: unknown recipients, abandoned messages; then 421 at the door


@define
class _Offences:
    since: float
    count: int = 0


@define
class Sources:
    """Counts offences by network (/24 or /64), so that a new connection starts no new count."""

    seconds: Callable[[], float]
    _offences: OrderedDict[str, _Offences] = field(factory=OrderedDict, init=False)

    def offended(self, network: str) -> None:
        """Count one against the network."""
        now = self.seconds()
        known = self._offences.get(network)
        if known is None or now - known.since >= WINDOW_SECONDS:
            known = self._offences[network] = _Offences(now)
        known.count += 1
        self._offences.move_to_end(network)
        if len(self._offences) > REMEMBERED:
            self._offences.popitem(last=False)

    def unwelcome(self, network: str) -> bool:
        """Tell whether the network must wait until its hour is over."""
        known = self._offences.get(network)
        if known is None:
            return False
        if self.seconds() - known.since >= WINDOW_SECONDS:
            del self._offences[network]
            return False
        return known.count >= OFFENCES


@define
class _Sent:
    minute: float  # tokens of the burst bucket
    hour: float
    at: float


@define
class Rates:
    """How much an account may submit: a bucket for bursts, and one for the hour."""

    seconds: Callable[[], float]
    limits: Limits
    _sent: OrderedDict[int, _Sent] = field(factory=OrderedDict, init=False)

    def allows(self, account_id: int) -> bool:
        """Count one message, or return False when the account must wait."""
        now, limits = self.seconds(), self.limits
        sent = self._sent.get(account_id)
        if sent is None:
            sent = _Sent(limits.submissions_burst, limits.submissions_per_hour, now)
            self._sent[account_id] = sent
        passed = now - sent.at
        sent.at = now
        sent.minute = min(
            limits.submissions_burst, sent.minute + passed * limits.submissions_per_minute / 60
        )
        sent.hour = min(
            limits.submissions_per_hour, sent.hour + passed * limits.submissions_per_hour / 3_600
        )
        self._sent.move_to_end(account_id)
        if len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)
        if sent.minute < 1 or sent.hour < 1:
            return False
        sent.minute -= 1
        sent.hour -= 1
        return True


class TooManySessions(Busy):
    """The account has as many connections as it may."""


@define
class SignedIn:
    """How many sessions each account has at the submission ports."""

    limits: Limits
    _sessions: Counter[int] = field(factory=Counter, init=False)

    def enter(self, account_id: int) -> None:
        """Count one. Raises `TooManySessions`, and then it is not counted."""
        if self._sessions[account_id] >= self.limits.connections_per_account:
            raise TooManySessions
        self._sessions[account_id] += 1

    def leave(self, account_id: int) -> None:
        """Forget one."""
        self._sessions[account_id] -= 1
        if self._sessions[account_id] <= 0:
            del self._sessions[account_id]
