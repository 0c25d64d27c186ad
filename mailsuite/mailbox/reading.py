"""Bulk reading: the next piece is read while one is sent, and never more than that."""

from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from mailsuite.mailbox.view import MailboxView
from mailsuite.store.opening import Store
from mailsuite.store.streams import BodyPieces, open_body, read_piece
from mailsuite.store.transaction import Transaction

T = TypeVar("T")
LARGEST = 1 << 62  # no message has so many octets

Outcome = tuple[T | None, Exception | None]


async def read_ahead(
    view: MailboxView, jobs: Iterator[Callable[[Transaction], T]]
) -> AsyncGenerator[T, None]:
    """The results of reader jobs in order; one job runs while the last result is used."""
    running = _start(view, jobs)
    while running is not None:
        result, error = await running
        if error is not None:
            raise error
        running = _start(view, jobs)
        yield result  # type: ignore[misc]


def in_pieces(store: Store, message_id: int) -> AsyncGenerator[bytes, None]:
    """A message in pieces, each read when the one before it has been used.

    Whoever does not read it to its end closes it (`aclosing`): a file is held meanwhile.

    Raises:
        NoSuchThing: it is gone.
        DamagedBody: it is not what was stored; perhaps after some pieces, never after the last.
    """
    return _pieces(store.readers.run, message_id, 0, LARGEST)


def range_in_pieces(
    view: MailboxView, message_id: int, start: int, end: int
) -> AsyncGenerator[bytes, None]:
    """The octets of a message from `start` to `end`; otherwise as `in_pieces`."""
    return _pieces(view.read, message_id, start, end)


async def _pieces(
    run: Callable[..., Deferred[Any]], message_id: int, start: int, end: int
) -> AsyncGenerator[bytes, None]:
    pieces: BodyPieces = await run(open_body, message_id, start)
    left = end - start
    try:
        while left > 0 and (piece := await run(read_piece, pieces)):
            yield piece[:left]
            left -= len(piece)
    finally:
        pieces.close()


def _start(
    view: MailboxView, jobs: Iterator[Callable[[Transaction], T]]
) -> Deferred[Outcome[T]] | None:
    job = next(jobs, None)
    return None if job is None else view.read(_outcome, job)


def _outcome(tx: Transaction, job: Callable[[Transaction], T]) -> Outcome[T]:
    # A failure is a value until somebody looks: when the client goes away, nobody does.
    try:
        return job(tx), None
    except Exception as error:  # noqa: BLE001 - raised again in `read_ahead`
        return None, error
