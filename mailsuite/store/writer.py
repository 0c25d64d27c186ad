"""The one thread that writes: everything that waits is planned as one group, committed once.

Nobody else holds a connection that writes. Results are given out only after COMMIT (fsync), all
of a group's in one hop to the reactor, and after the change bus has been told.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from attrs import define
from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailsuite.errors import MailError, StoreFull, Unavailable
from mailsuite.store.changes import Changes
from mailsuite.store.transaction import Connection, Transaction
from mailsuite.wire.pools import Results, Wake

P = ParamSpec("P")
R = TypeVar("R")

GROUP = 256  # jobs that share a commit
WAITING = 20_000  # jobs that may wait; one more is refused

Together = Callable[[Transaction, Sequence[tuple[Any, ...]]], Sequence[object]]


def grouped(together: Together) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a store function as one whose waiting jobs are planned as a group.

    `together(tx, [args, …])` returns for each job its result, or a `MailError` for the one that
    is refused. When it raises, the group is rolled back and replayed job by job.
    """

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        function.together = together  # type: ignore[attr-defined]
        return function

    return mark


class Doubt(Exception):  # noqa: N818 - a state, not a mistake
    """The outcome of a COMMIT is unknown or its fsync failed: nothing more may be acknowledged."""


class Backend(Protocol):
    """What a dialect does differently (`mailsuite.store.sqlite`, `mailsuite.store.postgresql`)."""

    def begin(self, connection: Connection) -> None:
        """Open a writing transaction."""

    def commit(self, connection: Connection) -> None:
        """COMMIT; on disk when this returns. Raises `Doubt` when that is not certain."""

    def is_full(self, error: BaseException) -> bool:
        """Whether the error says that the disk (or a quota on it) is full."""
        ...

    def idle(self, connection: Connection) -> None:
        """Nothing waits: a time for checkpoints and the like."""


@define(eq=False, slots=True)
class _Job:
    function: Callable[..., Any]
    args: tuple[Any, ...]
    deferred: Deferred[Any]
    result: object = None


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
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._dead = False
        self._results = None if reactor is None else Results(reactor)
        self._reactor = reactor
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
        job = _Job(function, args, Deferred())
        if self._thread is None:
            self._group([job])
            job.deferred.callback(job.result)
        else:
            self._jobs.append(job)
            self._wake.set()
        return job.deferred

    def stop(self) -> None:
        """Write everything that waits, then end the thread and close the connection."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
        elif self._connection is not None:
            self._connection.dbapi.close()
            self._connection = None

    # In the writer's thread.

    def _work(self) -> None:
        assert self._results is not None
        while not self._dead:
            if not self._wake.wait(timeout=1.0):
                self._idle()
                continue
            self._wake.clear()
            while self._jobs and not self._dead:
                group = [self._jobs.popleft() for _ in range(min(GROUP, len(self._jobs)))]
                self._group(group)
                self._results.give([(job.deferred, job.result) for job in group])
            if self._stopping and not self._jobs:
                break
        while self._jobs:
            job = self._jobs.popleft()
            self._results.give([(job.deferred, Failure(Unavailable()))])  # type: ignore[no-untyped-call]
        if self._connection is not None:
            self._connection.dbapi.close()

    def _idle(self) -> None:
        try:
            with self._lock():
                self._backend.idle(self._opened())
        except Exception:  # noqa: BLE001 - housekeeping: what is wrong shows at the next write
            self.log.failure("store housekeeping")

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _group(self, group: list[_Job]) -> None:
        """Run the jobs and commit; afterwards each has its result or `Failure`."""
        try:
            with self._lock():
                connection = self._opened()
                tx = self._attempt(connection, group)
            if tx is not None:
                self._tell(tx)
        except Doubt as doubt:
            self._dead = True
            _refuse(group, Unavailable())
            self._doomed(doubt)
        except Exception as error:  # noqa: BLE001 - the group is refused, the server lives on
            self.log.failure("group refused")
            full = self._backend.is_full(error)
            _refuse(group, StoreFull() if full else Unavailable())

    def _attempt(self, connection: Connection, group: list[_Job]) -> Transaction | None:
        self._backend.begin(connection)
        try:
            tx = self._planned(connection, group)
            if tx is None:  # a constraint broke the plan: roll back, replay one by one
                connection.plain("ROLLBACK")
                self._backend.begin(connection)
                tx = self._one_by_one(connection, group)
        except BaseException:
            _roll_back(connection)
            raise
        self._backend.commit(connection)
        return tx

    def _planned(self, connection: Connection, group: list[_Job]) -> Transaction | None:
        tx = Transaction(connection, int(self._clock()))
        at = 0
        while at < len(group):
            function = group[at].function
            together: Together | None = getattr(function, "together", None)
            end = at + 1
            while together and end < len(group) and group[end].function is function:
                end += 1
            if together and end - at > 1:
                try:
                    results = together(tx, [job.args for job in group[at:end]])
                except Exception as error:
                    if self._backend.is_full(error):
                        raise
                    return None
                for job, result in zip(group[at:end], results, strict=True):
                    job.result = Failure(result) if isinstance(result, Exception) else result  # type: ignore[no-untyped-call]
            else:
                self._single(tx, group[at])
            at = end
        return tx

    def _one_by_one(self, connection: Connection, group: list[_Job]) -> Transaction:
        tx = Transaction(connection, int(self._clock()))
        for job in group:
            self._single(tx, job)
        return tx

    def _single(self, tx: Transaction, job: _Job) -> None:
        mailboxes, accounts, queue = dict(tx.mailboxes), set(tx.accounts), tx.queue
        tx.connection.plain("SAVEPOINT job")
        try:
            job.result = job.function(tx, *job.args)
        except Exception as error:
            if self._backend.is_full(error):
                raise
            tx.connection.plain("ROLLBACK TO job")
            tx.connection.plain("RELEASE job")
            tx.mailboxes, tx.accounts, tx.queue = mailboxes, accounts, queue
            if not isinstance(error, MailError):
                self.log.failure("store function {name}", name=job.function.__name__)
            job.result = Failure(error)  # type: ignore[no-untyped-call]
            return
        tx.connection.plain("RELEASE job")

    def _tell(self, tx: Transaction) -> None:
        if tx.mailboxes or tx.accounts or tx.queue:
            told = (tx.mailboxes, tx.accounts)
            if self._reactor is None:
                self._changes.publish(*told, queue=tx.queue)
            else:
                # Queued before the results are: nobody gets an answer before the bus is told.
                self._reactor.callFromThread(self._changes.publish, *told, queue=tx.queue)


def _roll_back(connection: Connection) -> None:
    try:
        connection.plain("ROLLBACK")
    except Exception:  # noqa: BLE001 - SQLite has rolled back by itself after some errors
        Writer.log.debug("nothing to roll back")


def _refuse(group: list[_Job], error: MailError) -> None:
    for job in group:
        job.result = Failure(error)  # type: ignore[no-untyped-call]
