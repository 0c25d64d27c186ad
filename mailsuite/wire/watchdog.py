"""Counts how often, and for how long, one turn of the reactor held up everybody else.

It stands between the reactor and its poller: the time from one `poll` that returned to the next
that is called is a turn. That costs two readings of a clock and sees every turn, where a timer
sees only some and wakes an idle host.
"""

import time
from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.logger import Logger

HOLD_SECONDS = 0.05


@define
class Watchdog:
    """What was seen since the start. `holds` are turns of more than 50 ms."""

    log = Logger()
    clock: Callable[[], float] = time.monotonic
    # The thread's own time tells our work from waiting for a processor that others use.
    working: Callable[[], float] = time.thread_time
    turns: int = field(default=0, init=False)
    holds: int = field(default=0, init=False)
    longest_seconds: float = field(default=0.0, init=False)
    _since: float | None = field(default=None, init=False)
    _worked: float = field(default=0.0, init=False)

    def watch(self, reactor: Any) -> bool:
        """Begin; False where this reactor has no poller (then nothing is counted)."""
        poller = getattr(reactor, "_poller", None)
        if poller is None:
            return False
        reactor._poller = _Watched(poller, self)  # noqa: SLF001 - Twisted offers no public hook
        return True

    def asleep(self) -> None:
        """The reactor is about to wait: its turn is over."""
        if self._since is None:
            return
        held = self.clock() - self._since
        self.turns += 1
        self.longest_seconds = max(self.longest_seconds, held)
        if held > HOLD_SECONDS:
            self.holds += 1
            self.log.warn(
                "the reactor was held for {milliseconds} ms, {working} of them at work",
                milliseconds=int(held * 1e3),
                working=int((self.working() - self._worked) * 1e3),
            )

    def awake(self) -> None:
        """The reactor has something to do."""
        self._since = self.clock()
        self._worked = self.working()


class _Watched:
    """The poller as the reactor sees it."""

    def __init__(self, poller: Any, watchdog: Watchdog) -> None:
        self._poller = poller
        self._watchdog = watchdog

    def poll(self, *args: Any) -> Any:
        self._watchdog.asleep()
        try:
            return self._poller.poll(*args)
        finally:
            self._watchdog.awake()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)
