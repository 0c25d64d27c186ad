"""Several workers over one store: one writes at a time, and each hears what the others committed.

An announcement is put on the board (`mailsuite.wire.board`) after COMMIT, before the next worker
may write and before anybody gets an answer. Every worker takes in what is new there before it
looks at what a client sent: who got a 250 or an OK from one worker sees the change at the next
command to any other. A worker that waits is woken through its eventfd(2).
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from sqlalchemy import select

from mailsuite.store.changes import LocalBus
from mailsuite.store.grouping import Doubt
from mailsuite.store.schema import mailbox
from mailsuite.store.transaction import Transaction, any_of
from mailsuite.wire.board import ANNOUNCED, HEAD, RING, Board

NAME = "writing"
# What an announcement is about; the number of who made it stands above.
MAILBOX, ACCOUNT, PEOPLE, QUEUE, EVERYTHING = 1, 2, 3, 4, 5
MAKER = 8  # bits up
RING_LOCK = 0  # place on the board
LATEST = 1 << 62  # a modseq that no mailbox reaches: whoever is told it must look

Announcement = tuple[int, int, int]  # kind, id, modseq


class WriteLock:
    """Held around each transaction that writes: the kernel lets the workers in one by one.

    SQLite's own wait sleeps in steps and starves whoever comes late. On PostgreSQL it spares
    groups of two workers from waiting for each other's rows in a circle.
    """

    def __init__(self, data_dir: Path, board: Board) -> None:
        self._descriptor = os.open(data_dir / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._board = board

    def __enter__(self) -> None:
        """Wait for the turn.

        Raises:
            Doubt: what some worker wrote may not be on disk: nothing may be built upon it.
        """
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        if self._board.doomed:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            raise Doubt("the outcome of another worker's commit is unknown")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Let the next one write, unless the outcome of this commit is unknown."""
        if kind is not None and issubclass(kind, Doubt):
            self._board.doom()
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)


MODSEQS = select(mailbox.c.id, mailbox.c.modseq).where(any_of(mailbox.c.id, "ids"))


def read_modseqs(tx: Transaction, mailbox_ids: Sequence[int]) -> dict[int, int]:
    """At what modseq each mailbox is; `LATEST` of those that are gone."""
    found = tx.execute(MODSEQS, {"ids": tx.array(mailbox_ids)}).tuples()
    return {**dict.fromkeys(mailbox_ids, LATEST), **dict(found)}


class SharedBus(LocalBus):
    """The bus of a worker. All calls are on its reactor thread, but for `committed`.

    Args:
        wakes: an eventfd of each worker, by number from 1.
        look: called with the ids of mailboxes of whose changes nothing is known; is to say for
            each, by `tell_mailboxes`, at what modseq it is.
    """

    def __init__(
        self, board: Board, wakes: Sequence[int], look: Callable[[list[int]], None]
    ) -> None:
        super().__init__()
        self._board = board
        self._wakes = wakes
        self._look = look
        self._seen = board.words[HEAD]

    def committed(
        self, mailboxes: dict[int, int], accounts: Iterable[int], *, queue: bool, people: bool
    ) -> None:
        """See `Changes.committed`."""
        told: list[Announcement] = [(MAILBOX, of, modseq) for of, modseq in mailboxes.items()]
        told += [(ACCOUNT, account_id, 0) for account_id in accounts]
        told += [(PEOPLE, 0, 0)] * people + [(QUEUE, 0, 0)] * queue
        if told:
            announce(self._board, self._wakes, told)

    def catch_up(self) -> None:
        """See `Changes.catch_up`."""
        head = self._board.words[HEAD]
        if head != self._seen:
            self._take_in(head)

    def tell_mailboxes(self, mailboxes: dict[int, int]) -> None:
        """Say at which modseqs mailboxes are."""
        self.publish(mailboxes, (), queue=False)

    def _take_in(self, head: int) -> None:
        new = read_announcements(self._board, self._seen, head)
        self._seen = head
        mailboxes: dict[int, int] = {}
        accounts: set[int] = set()
        queue = people = False
        for kind, of, modseq in new:
            if kind >> MAKER == self._board.worker:
                continue  # told already, with the result
            kind &= (1 << MAKER) - 1  # noqa: PLW2901 - what is left of it
            if kind == MAILBOX:
                mailboxes[of] = max(modseq, mailboxes.get(of, 0))
            elif kind == ACCOUNT:
                accounts.add(of)
            elif kind == EVERYTHING:
                accounts |= self._accounts.keys()
                queue = people = True
                self._look(list(self._mailboxes))
            queue |= kind == QUEUE
            people |= kind == PEOPLE
        self.publish(mailboxes, accounts, queue=queue, people=people)


def announce(board: Board, wakes: Sequence[int], told: Sequence[Announcement]) -> None:
    """Put announcements on the board, then wake the other workers."""
    words = board.words
    with board.held(RING_LOCK):
        head = words[HEAD]
        for number, (kind, of, modseq) in enumerate(told, head):
            at = board.ring + number % RING * ANNOUNCED
            words[at] = number
            words[at + 1] = kind | board.worker << MAKER
            words[at + 2] = of
            words[at + 3] = modseq
        words[HEAD] = head + len(told)
    for worker, wake in enumerate(wakes, 1):
        if worker != board.worker:
            os.eventfd_write(wake, 1)


def read_announcements(board: Board, seen: int, head: int) -> Iterator[Announcement]:
    """What was announced from `seen` on, before `head`.

    When some of it was written over meanwhile: that everything may have changed.
    """
    words = board.words
    for number in range(seen if head - seen < RING else head, head):
        at = board.ring + number % RING * ANNOUNCED
        told = words[at + 1], words[at + 2], words[at + 3]
        if words[at] != number:
            break
        yield told
    else:
        if head - seen < RING:
            return
    yield EVERYTHING, 0, 0
