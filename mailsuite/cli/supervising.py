"""`mailsuite serve`: a child that serves, started again when it dies.

The supervisor opens nothing and imports no reactor: it forks, hands signals on, and waits.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from mailsuite.service.host import EXIT_REFUSED

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
STEADY_SECONDS = 300.0  # who has served so long starts again without a pause to remember
PR_SET_PDEATHSIG = 1  # prctl(2)
HANDED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Supervisor:
    """Runs `serve` in a child until it ends by itself or is told to.

    Args:
        serve: does not return before serving is over.
    """

    def __init__(self, serve: Callable[[], int]) -> None:
        self._serve = serve
        self._child = 0
        self._told = False

    def run(self) -> int:
        """Return the exit code of the last child."""
        pause = FIRST_PAUSE
        while True:
            started = time.monotonic()
            code = self._once()
            if self._told or code in (0, EXIT_REFUSED):
                return code
            if time.monotonic() - started > STEADY_SECONDS:
                pause = FIRST_PAUSE
            print(f"The server ended with {code}; started again in {pause:.0f} s.", file=sys.stderr)
            if self._rest(pause):
                return code
            pause = min(2 * pause, LONGEST_PAUSE)

    def _once(self) -> int:
        # Blocked until the child's number is known: no signal is lost between.
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDED_ON)
        supervisor = os.getpid()
        self._child = os.fork()
        if self._child == 0:
            # Ctrl-C in a terminal reaches every process of its group: ours hands it on, once.
            os.setpgid(0, 0)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDED_ON)
            _die_with(supervisor)
            os._exit(self._serve())
        for number in HANDED_ON:
            signal.signal(number, self._hand_on)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDED_ON)
        _, status = os.waitpid(self._child, 0)
        self._child = 0
        return os.waitstatus_to_exitcode(status) & 0xFF

    def _hand_on(self, number: int, _: Any) -> None:
        if number != signal.SIGHUP:
            self._told = True
        if self._child:
            os.kill(self._child, number)

    def _rest(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self._told and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))
        return self._told


def _die_with(supervisor: int) -> None:
    """A supervisor that is killed takes its child along: two would fight for the store."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != supervisor:
        os._exit(1)
    # Sockets of systemd were meant for the process that it started.
    if os.environ.get("LISTEN_PID") == str(supervisor):
        os.environ["LISTEN_PID"] = str(os.getpid())
