"""Several workers over one store: turns at writing, and what each hears of the others."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mailsuite.errors import NoSuchUser
from mailsuite.store import sharing
from mailsuite.store.changes import LocalBus
from mailsuite.store.delivery import deliver
from mailsuite.store.grouping import Doubt
from mailsuite.store.mailboxes import find_mailbox
from mailsuite.store.opening import Store, join_store
from mailsuite.store.schema import placement
from mailsuite.store.sharing import EVERYTHING, LATEST, SharedBus, WriteLock, announce
from mailsuite.wire.board import Board
from tests.conftest import SYNCHRONOUS_OFF
from tests.elsewhere import elsewhere
from tests.store.letters import add_account, done, letter, rows


class Told:
    """A worker's bus, and what its listeners heard."""

    def __init__(self, board: Board, wakes: list[int]) -> None:
        self.heard: list[object] = []
        self.looked: list[list[int]] = []
        self.bus = SharedBus(board, wakes, self.looked.append)
        for mailbox_id in (1, 2):
            self.bus.on_mailbox(mailbox_id, partial(self._at, mailbox_id))
        self.bus.on_account(7, lambda: self.heard.append("account"))
        self.bus.on_queue(lambda: self.heard.append("queue"))
        self.bus.on_people(lambda: self.heard.append("people"))

    def _at(self, mailbox_id: int, modseq: int) -> None:
        self.heard.append((mailbox_id, modseq))

    def caught_up(self) -> list[object]:
        self.bus.catch_up()
        heard, self.heard[:] = list(self.heard), []
        return heard


@pytest.fixture
def wakes() -> Iterator[list[int]]:
    wakes = [os.eventfd(0, os.EFD_NONBLOCK) for _ in range(2)]
    yield wakes
    for each in wakes:
        os.close(each)


@pytest.fixture
def board() -> Board:
    return Board.make(2)


@pytest.fixture
def both(board: Board, wakes: list[int]) -> tuple[Told, Told]:
    one, other = (Told(Board(board.descriptor, n, 2), wakes) for n in (1, 2))
    return one, other


def commit(
    told: Told, mailboxes: dict[int, int], *accounts: int, queue=False, people=False
) -> None:
    told.bus.committed(mailboxes, accounts, queue=queue, people=people)


def test_each_hears_what_the_other_committed_and_not_its_own(both, wakes) -> None:
    here, there = both
    commit(here, {1: 5, 9: 3}, 7, queue=True)
    assert there.caught_up() == ["people", (1, 5), "account", "queue"]
    assert there.caught_up() == []
    assert here.caught_up() == [], "the writer tells that with the result"
    assert os.eventfd_read(wakes[1]) == 1
    with pytest.raises(BlockingIOError):
        os.eventfd_read(wakes[0])


def test_many_commits_are_one_word(both) -> None:
    here, there = both
    for modseq in range(1, 50):
        commit(here, {1: modseq})
    commit(here, {}, people=True)
    assert there.caught_up() == ["people", (1, 49)]


def test_who_fell_too_far_behind_looks_at_everything(both, monkeypatch) -> None:
    monkeypatch.setattr(sharing, "RING", 4)
    here, there = both
    for modseq in range(1, 10):
        commit(here, {1: modseq})
    assert there.caught_up() == ["people", "account", "queue"]
    assert there.looked == [[1, 2]]
    there.bus.tell_mailboxes({1: 9, 2: LATEST})
    assert there.heard == [(1, 9), (2, LATEST)]


def test_what_a_dead_worker_committed_last_is_looked_for(board, both, wakes) -> None:
    """It may have died between its COMMIT and the word of it."""
    announce(board, wakes, [(EVERYTHING, 0, 0)])
    for worker in both:
        assert worker.caught_up() == ["people", "account", "queue"]
        assert worker.looked == [[1, 2]]


def test_half_a_word_is_not_taken_for_one(board, both, wakes) -> None:
    """A worker died while it wrote: the next one writes over it."""
    here, there = both
    board.words[board.ring] = 0
    board.words[board.ring + 1] = 1
    board.words[board.ring + 2] = 1
    assert there.caught_up() == []
    commit(here, {2: 8})
    assert there.caught_up() == [(2, 8)]


WORKER = """
import os, pathlib, sys
from mailsuite.store.sharing import WriteLock
from mailsuite.wire.board import Board
lock = WriteLock(pathlib.Path(sys.argv[2]), Board(int(sys.argv[1]), 2, 2))
"""


def test_writers_take_turns(board: Board, tmp_path: Path) -> None:
    words = (
        WORKER
        + """
import fcntl
try:
    fcntl.flock(lock._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    sys.exit(5)
"""
    )
    with WriteLock(tmp_path, board):
        assert elsewhere(words, board.descriptor, tmp_path, descriptors=[board.descriptor]) == 5
    assert elsewhere(words, board.descriptor, tmp_path, descriptors=[board.descriptor]) == 0


@pytest.mark.threat("K20")
def test_the_lock_of_a_killed_writer_is_free(board: Board, tmp_path: Path) -> None:
    words = WORKER + "lock.__enter__(); os.kill(os.getpid(), 9)"
    assert elsewhere(words, board.descriptor, tmp_path, descriptors=[board.descriptor]) == -9
    with WriteLock(tmp_path, board):
        pass


def test_after_a_commit_in_doubt_nobody_writes(board: Board, tmp_path: Path) -> None:
    """What one worker wrote may not be on disk: nothing may be built on it by another."""
    with pytest.raises(Doubt), WriteLock(tmp_path, board):
        raise Doubt
    with pytest.raises(Doubt), WriteLock(tmp_path, Board(board.descriptor, 2, 2)):
        pytest.fail("it has its turn")


def test_another_error_is_the_business_of_its_group_alone(board: Board, tmp_path: Path) -> None:
    lock = WriteLock(tmp_path, board)
    with pytest.raises(ValueError, match="x"), lock:
        raise ValueError("x")
    with lock:
        pass


def test_alone_there_is_nobody_to_hear() -> None:
    bus = LocalBus()
    told: list[int] = []
    bus.on_mailbox(1, told.append)
    bus.committed({1: 5}, [], queue=False, people=False)
    bus.catch_up()
    assert told == []


@pytest.fixture
def workers(store: Store, board: Board, wakes: list[int]) -> Iterator[list[Store]]:
    """Two workers over a store that is prepared; every job runs at once."""
    url = getattr(store.writer._backend, "_address", "")

    def doomed(doubt: BaseException) -> None:
        raise AssertionError(doubt)

    joined = [
        join_store(
            store.data_dir,
            Board(board.descriptor, number, 2),
            wakes,
            url=url,
            doomed=doomed,
            clock=store.clock,
            synchronous=SYNCHRONOUS_OFF,
        )
        for number in (1, 2)
    ]
    yield joined
    for each in joined:
        each.close()


def test_two_workers_number_what_they_write_as_one_would(
    workers: list[Store], store: Store
) -> None:
    """No UID, id or modification number twice, whoever wrote last; and each hears of each."""
    account_id = done(workers[0].writer.run(add_account, "ann@example.test"))
    inbox = done(workers[1].readers.run(find_mailbox, account_id, "INBOX")).id
    told: list[int] = []
    workers[1].changes.on_mailbox(inbox, told.append)
    placed = []
    for turn in range(12):
        worker = workers[turn * 5 % 3 % 2]
        letters = letter(worker, f"Subject: {turn}\r\n\r\nHi\r\n", account_id)
        placed += done(worker.writer.run(deliver, letters)).placed
    workers[1].changes.catch_up()
    assert [one.uid for one in placed] == list(range(1, 13))
    modseqs = [one.modseq for one in placed]
    assert modseqs == list(range(modseqs[0], modseqs[0] + 12))
    assert max(told) == modseqs[-1]
    ids = [row.message_id for row in rows(store, placement)]
    assert ids == sorted(set(ids)), "they rise in the order of the commits"
    # What fails at one worker is no matter of the other's.
    with pytest.raises(NoSuchUser):
        done(workers[0].writer.run(deliver, letter(workers[0], "x", 99_999)))
    done(workers[1].writer.run(deliver, letter(workers[1], "Subject: y\r\n\r\ny", account_id)))
    assert done(workers[0].readers.run(find_mailbox, account_id, "INBOX")).messages == 13


def test_modseqs_are_read_for_who_knows_nothing(workers: list[Store]) -> None:
    account_id = done(workers[0].writer.run(add_account, "ann@example.test"))
    row = done(workers[0].readers.run(find_mailbox, account_id, "INBOX"))
    told: list[tuple[int, int]] = []
    for of in (row.id, row.id + 1):
        workers[1].changes.on_mailbox(of, lambda modseq, of=of: told.append((of, modseq)))  # type: ignore[misc]
    announce(workers[0].changes._board, [], [(EVERYTHING, 0, 0)])  # type: ignore[attr-defined]
    workers[1].changes.catch_up()
    assert told == [(row.id, row.modseq), (row.id + 1, LATEST)]
