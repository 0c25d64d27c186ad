"""The one thread that writes: everything that waits is planned as one group, committed once.

Nobody else holds a connection that writes. Results are given out only after COMMIT (fsync), all
of a group's in one hop to the reactor, and after the change bus has been told.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailsuite.errors import MailError, StoreFull, Unavailable
from mailsuite.store.changes import Changes
from mailsuite.store.grouping import Backend, Doubt, Job, commit_group
from mailsuite.store.transaction import Connection, Transaction
from mailsuite.wire.pools import Results, Wake

P = ParamSpec("P")
R = TypeVar("R")

GROUP = 256  # jobs that share a commit
# Where several came together a moment ago more are on their way: a short wait makes one commit of
# them, and leaves the interpreter to the reactor meanwhile. Whoever comes alone never waits.
CROWD = 3
GATHER_SECONDS = 0.002
WAITING = 20_000  # jobs that may wait; one more is refused


class Writer:
    """Takes jobs from the reactor, runs them in groups, each group one durable transaction.

    Args:
        connect: makes the writing connection, in the writer's thread.
        doomed: called (in the writer's thread) after `Doubt`: the process must end.
        lock: held around each group, where several processes write (`flock`).
        clock: seconds UTC.
    """

    log = Logger()

    def __init__(  # noqa: PLR0917 - handed in once, by `open_store`
        self,
        connect: Callable[[], Connection],
        backend: Backend,
        changes: Changes,
        reactor: Wake | None,
        doomed: Callable[[BaseException], None],
        lock: Callable[[], AbstractContextManager[object]] = nullcontext,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._connect = connect
        self._backend = backend
        self._changes = changes
        self._doomed = doomed
        self._lock = lock
        self._clock = clock
        self._connection: Connection | None = None
        self._jobs: deque[Job] = deque()
        self._wake = threading.Event()
        self._gathered = threading.Event()  # set when there is no time to gather
        self._stopping = False
        self._dead = False
        self._results = None if reactor is None else Results(reactor)
        self._thread: threading.Thread | None = None
        if reactor is not None:
            self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
            self._thread.start()

    def run(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> Deferred[R]:
        """Run `function(tx, *args)` in a transaction; on disk when the Deferred fires.

        Fails with what the function raised (its own changes undone), `StoreFull`, or
        `Unavailable`. Without a reactor it runs at once, in the caller's thread.
        """
        if kwargs:
            raise TypeError("store functions take positional arguments")
        if self._dead or self._stopping or len(self._jobs) >= WAITING:
            return fail(Unavailable())
        job = Job(function, args, Deferred())
        if self._thread is None:
            tell = self._group([job])
            if tell is not None:
                tell()
            self._settle()
            job.deferred.callback(job.result)
        else:
            self._jobs.append(job)
            self._wake.set()
        return job.deferred

    def stop(self) -> None:
        """Write everything that waits, then end the thread and close the connection."""
        self._stopping = True
        self._gathered.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
        elif self._connection is not None:
            self._connection.dbapi.close()
            self._connection = None

    # In the writer's thread.

    def _work(self) -> None:
        assert self._results is not None
        together = 0  # jobs of the last group
        while not self._dead:
            if not self._wake.wait(timeout=1.0):
                self._idle()
                together = 0
                continue
            self._wake.clear()
            while self._jobs and not self._dead:
                if together >= CROWD and not self._stopping:
                    self._gathered.wait(GATHER_SECONDS)
                group = [self._jobs.popleft()]  # refused where no lock is to be had
                # The bus is told first: nobody gets an answer before.
                tell = self._group(group)
                together = len(group)
                self._results.give([(job.deferred, job.result) for job in group], tell)
                self._settle()
            if self._stopping and not self._jobs:
                break
        while self._jobs:
            job = self._jobs.popleft()
            self._results.give([(job.deferred, Failure(Unavailable()))])
        if self._connection is not None:
            self._connection.dbapi.close()

    def _idle(self) -> None:
        self._keep_house(self._backend.idle)

    def _settle(self) -> None:
        if not self._dead and self._connection is not None and self._backend.is_due():
            self._keep_house(self._backend.settle)

    def _keep_house(self, work: Callable[[Connection], None]) -> None:
        try:
            with self._lock():
                work(self._opened())
        except Doubt as doubt:
            self._die(doubt, [])
        except Exception:  # noqa: BLE001 - housekeeping: what is wrong shows at the next write
            self.log.failure("store housekeeping")

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _group(self, group: list[Job]) -> Callable[[], None] | None:
        """Run the jobs, and those that wait, and commit: each then has its result or `Failure`.

        Returns what tells the bus of it, on the reactor thread; None when nothing changed.
        """
        try:
            try:
                tx = self._attempt(group)
            except Exception as error:
                # What needs no new room (EXPUNGE, flags, sign-ins) goes through at the second try.
                if not self._backend.is_full(error) or not self._backend.relieve():
                    raise
                self.log.warn("the disk is full: the reserve is given up")
                tx = self._attempt(group)
            return None if tx is None else self._telling(tx)
        except Doubt as doubt:
            self._die(doubt, group)
        except Exception as error:  # noqa: BLE001 - the group is refused, the server lives on
            self.log.failure("group refused")
            full = self._backend.is_full(error)
            _refuse(group, StoreFull() if full else Unavailable())
        return None

    def _attempt(self, group: list[Job]) -> Transaction | None:
        with self._lock():
            # Not before it is our turn: what came while others wrote shares this commit.
            while self._jobs and len(group) < GROUP:
                group.append(self._jobs.popleft())
            connection = self._opened()
            try:
                self._backend.look(connection)
                tx = commit_group(connection, self._backend, int(self._clock()), group)
                if tx is not None:
                    self._changes.committed(
                        tx.mailboxes, tx.accounts, queue=tx.queue, people=tx.people
                    )
                return tx
            finally:
                if connection.broken:  # the next group makes a new one
                    self._connection = None

    def _die(self, doubt: Doubt, group: list[Job]) -> None:
        self._dead = True
        _refuse(group, Unavailable())
        self._doomed(doubt)

    def _telling(self, tx: Transaction) -> Callable[[], None] | None:
        if not (tx.mailboxes or tx.accounts or tx.queue or tx.people):
            return None
        return partial(
            self._changes.publish, tx.mailboxes, tx.accounts, queue=tx.queue, people=tx.people
        )


def _refuse(group: list[Job], error: MailError) -> None:
    for job in group:
        job.result = Failure(error)
