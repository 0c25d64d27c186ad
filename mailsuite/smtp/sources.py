"""What is remembered of who sends: networks that behave badly, accounts that send much."""

from collections.abc import Callable

from attrs import define, field

from mailsuite.errors import Busy
from mailsuite.wire.buckets import Bucket, Buckets, LocalBuckets
from mailsuite.wire.limits import Limits
from mailsuite.wire.tallies import Tallies

OFFENCES = 50  # in an hour: unknown recipients, abandoned messages; then 421 at the door


@define
class Sources:
    """Counts offences by network (/24 or /64), so that a new connection starts no new count."""

    tallies: Tallies

    def offended(self, network: str) -> None:
        """Count one against the network."""
        self.tallies.note(("offence", network))

    def unwelcome(self, network: str) -> bool:
        """Tell whether the network must wait until its hour is over."""
        return self.tallies.noted(("offence", network)) >= OFFENCES


@define
class Rates:
    """How much an account may submit: a bucket for bursts, and one for the hour."""

    seconds: Callable[[], float]
    limits: Limits
    buckets: Buckets = field(factory=LocalBuckets)

    def allows(self, account_id: int) -> bool:
        """Count one message, or return False when the account must wait."""
        now, limits = self.seconds(), self.limits
        full = Bucket(limits.submissions_burst, limits.submissions_per_hour, now)
        with self.buckets.changing(account_id, full) as left:
            passed = now - left.at
            left.at = now
            left.minute = min(
                limits.submissions_burst, left.minute + passed * limits.submissions_per_minute / 60
            )
            left.hour = min(
                limits.submissions_per_hour,
                left.hour + passed * limits.submissions_per_hour / 3_600,
            )
            if left.minute < 1 or left.hour < 1:
                return False
            left.minute -= 1
            left.hour -= 1
            return True


class TooManySessions(Busy):
    """The account has as many connections as it may."""


@define
class SignedIn:
    """How many sessions each account has at the submission ports."""

    limits: Limits
    tallies: Tallies

    def enter(self, account_id: int) -> None:
        """Count one. Raises `TooManySessions`, and then it is not counted."""
        key = ("submission", account_id)
        if self.tallies.standing(key) >= self.limits.connections_per_account:
            raise TooManySessions
        self.tallies.begin(key)

    def leave(self, account_id: int) -> None:
        """Forget one."""
        self.tallies.end(("submission", account_id))
