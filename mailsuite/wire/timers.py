"""One timer wheel for every deadline of a process: arming one costs a comparison.

`callLater` for each connection and command is a heap operation and an object; 10,000 idle
connections with a deadline each would be most of what the reactor keeps.
"""

from collections.abc import Callable
from typing import Any, Protocol

TICK_SECONDS = 1.0


class Clock(Protocol):
    """What the wheel needs of a reactor."""

    def seconds(self) -> float:
        """Now, on a clock that never goes back."""
        ...

    def callLater(  # noqa: N802 - Twisted's name
        self,
        delay: float,
        callable: Callable[..., object],  # noqa: A002 - Twisted's name
        *args: object,
        **kwargs: object,
    ) -> Any:
        """Call later."""
        ...


class Timer:
    """One deadline that can be moved; made once for each thing that has deadlines."""

    __slots__ = ("due", "expired", "slot")

    def __init__(self, expired: Callable[[], None]) -> None:
        self.expired = expired
        self.due: float | None = None  # on the clock; None: not armed
        self.slot: int | None = None  # where the wheel has filed it, never later than `due`


class Wheel:
    """Deadlines to within a second, never early."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slots: dict[int, set[Timer]] = {}
        self._turned = int(clock.seconds())
        self._next: Any = None

    def arm(self, timer: Timer, seconds: float) -> None:
        """Call `timer.expired` so many seconds from now, instead of when it was due before."""
        due = self._clock.seconds() + seconds
        timer.due = due
        # Moved to later, as nearly always: it is filed again when its old slot comes.
        if timer.slot is None or timer.slot > due:
            self._unfile(timer)
            self._file(timer, due)

    def disarm(self, timer: Timer) -> None:
        """Forget the deadline, and keep nothing of the timer."""
        timer.due = None
        self._unfile(timer)

    @property
    def armed(self) -> int:
        """How many timers are filed."""
        return sum(map(len, self._slots.values()))

    def stop(self) -> None:
        """Forget all deadlines."""
        self._slots.clear()
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._next = None

    def _file(self, timer: Timer, due: float) -> None:
        timer.slot = slot = max(int(due) + 1, self._turned + 1)
        self._slots.setdefault(slot, set()).add(timer)
        if self._next is None:
            self._turned = max(self._turned, int(self._clock.seconds()))
            self._next = self._clock.callLater(TICK_SECONDS, self._turn)

    def _unfile(self, timer: Timer) -> None:
        if timer.slot is not None:
            filed = self._slots.get(timer.slot)
            if filed is not None:
                filed.discard(timer)
                if not filed:
                    del self._slots[timer.slot]
            timer.slot = None

    def _turn(self) -> None:
        now = self._clock.seconds()
        due: list[Timer] = []
        for slot in range(self._turned + 1, int(now) + 1):
            due += self._slots.pop(slot, ())
        self._turned = int(now)
        self._next = self._clock.callLater(TICK_SECONDS, self._turn)
        for timer in due:
            timer.slot = None
            if timer.due is None:
                continue
            if timer.due > now:
                self._file(timer, timer.due)
            else:
                timer.due = None
                timer.expired()
        if not self._slots and self._next is not None and self._next.active():
            self._next.cancel()
            self._next = None
