"""How a group of waiting functions becomes one transaction.

All run in one transaction, each under its own SAVEPOINT; functions marked `@grouped` are planned
together. A failure undoes the one function, never its neighbours.
"""

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, Protocol, TypeVar

from attrs import define
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailsuite.errors import MailError
from mailsuite.store.transaction import Connection, Transaction

P = ParamSpec("P")
R = TypeVar("R")
log = Logger()

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

    def relieve(self) -> bool:
        """The disk is full: make some room. False when there is nothing to give."""
        ...

    def look(self, connection: Connection) -> None:
        """Between groups: see how much room is left."""

    def is_due(self) -> bool:
        """Whether there is something to `settle`: asked after each group, so it is cheap."""
        ...

    def settle(self, connection: Connection) -> None:
        """The answers of a group are on their way: a time for what cannot wait for `idle`.

        Raises `Doubt`.
        """

    def idle(self, connection: Connection) -> None:
        """Nothing waits: a time for checkpoints and the like. Raises `Doubt`."""


@define(eq=False, slots=True)
class Job:
    """One function that waits for the writer."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    deferred: Deferred[Any]
    result: object = None


def commit_group(
    connection: Connection, backend: Backend, now: int, group: Sequence[Job]
) -> Transaction | None:
    """Run the jobs and commit; afterwards each has its result or `Failure`.

    Returns what is to be told on the bus, None when nothing was written.

    Raises:
        Doubt: nothing may be acknowledged any more.
        Exception: the whole group is undone.
    """
    backend.begin(connection)
    tx: Transaction | None
    try:
        if len(group) == 1:
            tx = _alone(connection, backend, now, group[0])
        else:
            tx = _planned(connection, backend, now, group)
            if tx is None:  # a constraint broke the plan: roll back, replay one by one
                connection.plain("ROLLBACK")
                backend.begin(connection)
                tx = _one_by_one(connection, backend, now, group)
        backend.commit(connection)
    except Refused:
        roll_back(connection)
        return None
    except BaseException:
        roll_back(connection)
        raise
    return tx


class Refused(Exception):  # noqa: N818 - a state, not a mistake
    """The only job of a group has been refused, and there is nothing to commit."""


def roll_back(connection: Connection) -> None:
    """Undo the transaction, if it is still open."""
    try:
        connection.plain("ROLLBACK")
    except Exception:  # noqa: BLE001 - SQLite has rolled back by itself after some errors
        log.debug("nothing to roll back")


def _alone(connection: Connection, backend: Backend, now: int, job: Job) -> Transaction:
    # Without neighbours no SAVEPOINT is needed: ROLLBACK undoes it.
    tx = Transaction(connection, now)
    try:
        job.result = job.function(tx, *job.args)
    except Exception as error:
        if backend.is_full(error):
            raise
        _fail(job, error)
        raise Refused from error
    return tx


def _planned(
    connection: Connection, backend: Backend, now: int, group: Sequence[Job]
) -> Transaction | None:
    tx = Transaction(connection, now)
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
                if backend.is_full(error):
                    raise
                return None
            for job, result in zip(group[at:end], results, strict=True):
                job.result = Failure(result) if isinstance(result, Exception) else result
        else:
            _single(tx, backend, group[at])
        at = end
    return tx


def _one_by_one(
    connection: Connection, backend: Backend, now: int, group: Sequence[Job]
) -> Transaction:
    tx = Transaction(connection, now)
    for job in group:
        _single(tx, backend, job)
    return tx


def _single(tx: Transaction, backend: Backend, job: Job) -> None:
    before = dict(tx.mailboxes), set(tx.accounts), tx.queue, tx.people
    tx.connection.plain("SAVEPOINT job")
    try:
        job.result = job.function(tx, *job.args)
    except Exception as error:
        if backend.is_full(error):
            raise
        tx.connection.plain("ROLLBACK TO job")
        tx.connection.plain("RELEASE job")
        tx.mailboxes, tx.accounts, tx.queue, tx.people = before
        _fail(job, error)
        return
    tx.connection.plain("RELEASE job")


def _fail(job: Job, error: Exception) -> None:
    if not isinstance(error, MailError):
        name = getattr(job.function, "__name__", "?")
        log.failure("store function {name}", name=name)
    job.result = Failure(error)
