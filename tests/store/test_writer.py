"""The writer: one commit a group, results after it, and a failure that stays where it is."""

import queue
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from twisted.internet.defer import Deferred, gatherResults

from mailsuite.errors import NoSuchThing, Unavailable
from mailsuite.store.grouping import Doubt, Job, commit_group
from mailsuite.store.opening import Store, open_store
from mailsuite.store.schema import domain
from mailsuite.store.transaction import Transaction
from mailsuite.store.writer import CROWD, GATHER_SECONDS
from tests.store.letters import done, rows


def add_domain(tx: Transaction, number: int) -> int:
    tx.execute(insert(domain), {"id": number, "name": f"{number}.test"})
    tx.mailbox_changed(number, 1)
    return number


def add_and_fail(tx: Transaction, number: int) -> None:
    add_domain(tx, number)
    raise NoSuchThing


def commit(store: Store, *calls: tuple[Any, ...]) -> tuple[list[Any], Transaction | None]:
    """Run these as one group; the results, and what is told."""
    jobs = [Job(function, args, Deferred()) for function, *args in calls]  # type: ignore[arg-type]
    tx = commit_group(store.writer._opened(), store.writer._backend, 0, jobs)
    return [job.result for job in jobs], tx


def test_a_failure_undoes_its_own_job_alone(store: Store) -> None:
    """Neighbours in the group are written, and only they are announced."""
    results, tx = commit(
        store, (add_domain, 1), (add_and_fail, 2), (add_domain, 1), (add_domain, 3)
    )
    assert results[0] == 1
    assert results[1].check(NoSuchThing)
    assert results[3] == 3
    assert [row.id for row in rows(store, domain)] == [1, 3]
    assert tx is not None
    assert tx.mailboxes == {1: 1, 3: 1}


def test_a_job_alone_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(NoSuchThing):
        done(store.writer.run(add_and_fail, 1))
    with pytest.raises(ZeroDivisionError):
        done(store.writer.run(lambda tx: add_domain(tx, 1) / 0))
    assert rows(store, domain) == []


def test_results_come_after_the_bus(store: Store) -> None:
    """Nobody has an answer before the others were told."""
    order: list[str] = []
    store.changes.on_mailbox(1, lambda modseq: order.append(f"told {modseq}"))
    store.writer.run(add_domain, 1).addCallback(lambda _: order.append("answered"))
    assert order == ["told 1", "answered"]


def test_doubt_ends_everything(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed fsync nothing more is acknowledged."""
    doomed: list[BaseException] = []
    store.writer._doomed = doomed.append

    def doubt(*_: object) -> None:
        raise Doubt("fsync")

    monkeypatch.setattr(store.writer._backend, "commit", doubt)
    with pytest.raises(Unavailable):
        done(store.writer.run(add_domain, 1))
    assert len(doomed) == 1
    monkeypatch.undo()
    with pytest.raises(Unavailable):
        done(store.writer.run(add_domain, 2))


def test_doubt_in_housekeeping_ends_everything(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    doomed: list[BaseException] = []
    store.writer._doomed = doomed.append

    def doubt(*_: object) -> None:
        raise Doubt("fsync")

    monkeypatch.setattr(store.writer._backend, "idle", doubt)
    store.writer._idle()
    assert len(doomed) == 1


class FakeReactor:
    """Collects what threads want run; the test runs it."""

    def __init__(self) -> None:
        self.calls: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def callFromThread(self, function: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N802
        self.calls.put((function, args, kwargs))

    def turn_until(self, deferred: Any) -> Any:
        while not deferred.called:
            function, args, kwargs = self.calls.get(timeout=30)
            function(*args, **kwargs)
        return done(deferred)


def test_a_real_writing_thread_shares_commits(tmp_path: Path) -> None:
    """Hundred jobs at once: fewer commits than jobs, every one answered, all on disk."""
    fake = FakeReactor()
    store = open_store(tmp_path / "var", reactor=fake, reserve_octets=0, synchronous=0)
    commits: list[int] = []
    backend = store.writer._backend
    real = backend.commit
    backend.commit = lambda connection: (commits.append(1), real(connection))  # type: ignore[method-assign,assignment,func-returns-value]
    waiting = [store.writer.run(add_domain, number) for number in range(1, 101)]
    assert fake.turn_until(gatherResults(waiting)) == list(range(1, 101))
    assert len(commits) < 100
    read = store.readers.run(
        lambda tx: tx.connection.plain("SELECT count(*) FROM domain").fetchone()
    )
    assert fake.turn_until(read) == (100,)
    store.close()


class Waits(threading.Event):
    """Notes how long the writer would wait for more jobs, and lets it go on at once."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return False


def test_only_after_a_crowd_a_commit_waits_for_more(tmp_path: Path) -> None:
    """Whoever comes alone is never made to wait for others."""
    fake, waits = FakeReactor(), Waits()
    begun, go_on = threading.Event(), threading.Event()
    store = open_store(tmp_path / "var", reactor=fake, reserve_octets=0, synchronous=0)
    store.writer._gathered = waits
    fake.turn_until(store.writer.run(add_domain, 1))

    def hold(_: Transaction) -> None:
        begun.set()
        go_on.wait(30)

    held = store.writer.run(hold)
    assert begun.wait(30)
    crowd = [store.writer.run(add_domain, number) for number in range(2, 2 + CROWD)]
    go_on.set()
    fake.turn_until(gatherResults([held, *crowd]))
    before = list(waits.seconds)
    fake.turn_until(store.writer.run(add_domain, 20))
    after_the_crowd = list(waits.seconds)
    fake.turn_until(store.writer.run(add_domain, 21))
    assert len(after_the_crowd) - len(before) == 1
    assert set(after_the_crowd) == {GATHER_SECONDS}
    assert waits.seconds == after_the_crowd
    store.close()


class Turnstile:
    """A lock between processes that can be held by another, and can fail."""

    def __init__(self) -> None:
        self.wanted, self.free = threading.Event(), threading.Event()
        self.broken = False

    def __enter__(self) -> None:
        self.wanted.set()
        if self.broken:
            raise OSError("no locks available")
        self.free.wait(30)

    def __exit__(self, *_: object) -> None:
        pass


def test_what_comes_while_another_process_writes_shares_the_commit(tmp_path: Path) -> None:
    fake, turnstile = FakeReactor(), Turnstile()
    store = open_store(tmp_path / "var", reactor=fake, reserve_octets=0, synchronous=0)
    store.writer._lock = lambda: turnstile
    commits: list[int] = []
    backend = store.writer._backend
    real = backend.commit
    backend.commit = lambda connection: (commits.append(1), real(connection))  # type: ignore[method-assign,assignment,func-returns-value]
    waiting = [store.writer.run(add_domain, 1)]
    assert turnstile.wanted.wait(30)
    waiting += [store.writer.run(add_domain, number) for number in range(2, 11)]
    turnstile.free.set()
    assert fake.turn_until(gatherResults(waiting)) == list(range(1, 11))
    assert len(commits) == 1
    store.close()


def test_a_lock_that_cannot_be_had_refuses_who_waits(tmp_path: Path) -> None:
    """Nobody waits for ever, and the writer lives on."""
    fake, turnstile = FakeReactor(), Turnstile()
    store = open_store(tmp_path / "var", reactor=fake, reserve_octets=0, synchronous=0)
    store.writer._lock = lambda: turnstile
    turnstile.broken = True
    for number in (1, 2):
        with pytest.raises(Unavailable):
            fake.turn_until(store.writer.run(add_domain, number))
    turnstile.broken = False
    turnstile.free.set()
    assert fake.turn_until(store.writer.run(add_domain, 3)) == 3
    store.close()
