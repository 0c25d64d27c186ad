"""Who errs again and again waits for each answer; never many at once, never a thread."""

from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred


@define(eq=False)
class Tarpit:
    """Holds sessions for a while.

    Args:
        reactor: `callLater`; a `Clock` in tests.
        most: sessions held at once; one more is answered without a wait (threat R10).
    """

    reactor: Any
    most: int
    _held: dict[Deferred[None], Any] = field(factory=dict, init=False)

    @property
    def held(self) -> int:
        """Sessions that wait now."""
        return len(self._held)

    async def hold(self, seconds: float) -> None:
        """Return after so long, at once where too many wait, or when all are let go."""
        if seconds <= 0 or len(self._held) >= self.most:
            return
        waiting: Deferred[None] = Deferred()
        self._held[waiting] = self.reactor.callLater(seconds, self._end, waiting)
        await waiting

    def release(self) -> None:
        """Let all go: the host is stopping."""
        for waiting, timer in list(self._held.items()):
            timer.cancel()
            self._end(waiting)

    def _end(self, waiting: Deferred[None]) -> None:
        del self._held[waiting]
        waiting.callback(None)
