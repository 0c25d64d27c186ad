"""When the search indexes may be filled: while mail comes fast, mail has the machine.

A batch reads bodies, takes a core for 0.1 s and holds back the checkpoint of the write-ahead log
meanwhile. So the filling waits while much is delivered, and goes on when it is quiet. Where it is
never quiet it works a small part of the time: the backlog shrinks, or grows slower, and who
searches looks at the rest himself.
"""

from collections.abc import Callable

from attrs import define, field
from sqlalchemy import func, select

from mailsuite.store.schema import message
from mailsuite.store.search_filling import Reads
from mailsuite.store.transaction import Transaction

NEWEST = select(func.max(message.c.id))
LOOK_SECONDS = 0.5  # over which the deliveries are counted
FAST = 30  # messages a second: one core takes in a thousand
PATIENCE_SECONDS = 60.0  # so long only mail counts
SHARE_SECONDS = 4.0  # then a batch, of 0.12 s of CPU, each: 3 % of a core


def newest_message(tx: Transaction) -> int:
    """The largest number that a message has; it grows by about one for each that comes."""
    return int(tx.execute(NEWEST).value() or 0)


@define
class Pace:
    """Asked before each batch how long it shall wait."""

    read: Reads
    clock: Callable[[], float]
    _looked_at: float = field(init=False)
    _newest: int = field(default=-1, init=False)
    _busy_since: float | None = field(default=None, init=False)
    _worked_at: float = field(default=0.0, init=False)

    @_looked_at.default
    def _never(self) -> float:
        return self.clock() - LOOK_SECONDS

    def wait(self) -> float:
        """Seconds until the next look; 0.0: now a batch may be done."""
        now = self.clock()
        if now - self._looked_at >= LOOK_SECONDS:
            self._look(now)
        if self._busy_since is None:
            return 0.0
        if now - max(self._busy_since + PATIENCE_SECONDS, self._worked_at + SHARE_SECONDS) >= 0:
            self._worked_at = now
            return 0.0
        return LOOK_SECONDS

    def _look(self, now: float) -> None:
        before, self._newest = self._newest, self.read(newest_message)
        came = self._newest - before if before >= 0 else 0
        if came <= FAST * (now - self._looked_at):
            self._busy_since = None
        elif self._busy_since is None:
            self._busy_since = now
        self._looked_at = now
