"""Keeps the process that fills the search indexes: one for all workers, started again if it dies.

It is there while this one holds the other end of its pipe. Whoever has the lock of the folder
starts it; the lock is handed on to it, so that nobody else does while it lives.
"""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.store.search_file import FOLDER
from mailsuite.wire.pools import Runs

FIRST_SECONDS = 2.0  # a host that has just started has better things to do
EVERY_SECONDS = 30.0
END_SECONDS = 5.0
MODULE = "mailsuite.store.search_process"
LOCK = "lock"


class Indexing:
    """Runs from `start` to `stop`.

    Args:
        runs: a thread: starting a process takes some milliseconds.
    """

    log = Logger()

    def __init__(self, data_dir: Path, url: str, runs: Runs, reactor: Any) -> None:
        self._folder = data_dir / FOLDER
        self._given = json.dumps({"data_dir": str(data_dir), "url": url}).encode() + b"\n"
        self._runs = runs
        self._reactor = reactor
        self._child: subprocess.Popen[bytes] | None = None
        self._next: Any = None
        self._stopped = False

    def start(self) -> None:
        """See to it in a moment, and then every half a minute."""
        self._next = self._reactor.callLater(FIRST_SECONDS, self._due)

    def stop(self) -> None:
        """End the process; what it was writing is as if it had not begun."""
        self._stopped = True
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._end()

    @property
    def pid(self) -> int:
        """Of the process, while it runs; else 0."""
        return 0 if self._child is None or self._child.poll() is not None else self._child.pid

    def _due(self) -> None:
        running: Deferred[None] = self._runs.run(self.see_to_it)
        running.addErrback(lambda failure: self.log.warn("search index: {why}", why=failure.value))
        running.addBoth(lambda _: self._again())

    def _again(self) -> None:
        if self._stopped:
            self._end()
        else:
            self._next = self._reactor.callLater(EVERY_SECONDS, self._due)

    def see_to_it(self) -> None:
        """Start the process unless it runs, here or for another worker. Blocks."""
        if self.pid:
            return
        self._end()  # of one that died its end of the pipe is still here
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._child = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[lock],
            )
            assert self._child.stdin is not None
            self._child.stdin.write(self._given)
            self._child.stdin.flush()
        except BlockingIOError:
            return  # another worker's does it
        finally:
            os.close(lock)

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None
        child.terminate()
        child.stdin.close()
        try:
            child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
