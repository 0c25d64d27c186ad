"""Running a search: the arrays first, then headers, then bodies, each in bounded reader jobs."""

import time
from collections.abc import Iterator, Sequence
from functools import partial

from attrs import frozen

from mailsuite.imap.answers import No
from mailsuite.imap.fetch.batch import Batch, gather
from mailsuite.imap.searching.program import (
    Level,
    Program,
    Search,
    Step,
    Test,
    Truth,
    column,
    evaluate,
    everything,
)
from mailsuite.mailbox.reading import read_ahead
from mailsuite.store.placements_read import MessageRow, read_rows
from mailsuite.store.transaction import Transaction

# Messages a job: other sessions' reads go between.
SIZES = {Level.ARRAYS: 20_000, Level.META: 500, Level.OCTETS: 50}
JOB_OCTETS = 4 * 1024 * 1024  # of bodies

Bound = Sequence[Test | Step]


@frozen
class Verdict:
    """What one job found: UIDs that match, and those that more must be read for."""

    found: list[int]
    open: list[int]
    seconds: float


def run_job(
    tx: Transaction, *, mailbox_id: int, batch: Batch, program: Bound, level: Level
) -> Verdict:
    """Look at some messages as far as this level goes."""
    began = time.monotonic()
    tests = [step for step in program if isinstance(step, Test)]
    rows: list[MessageRow | None] = []
    if level > Level.ARRAYS:
        needs = {need for test in tests if test.level <= level for need in test.needs}
        read = read_rows(tx, mailbox_id, batch.uids, needs)
        rows = [read.get(uid) for uid in batch.uids]
    columns: list[Truth] = [column(test, level, batch, rows) for test in tests]
    count = len(batch.uids)
    true, false = evaluate(program, columns, everything(count))
    unknown = everything(count) ^ (true | false)
    return Verdict(_where(batch.uids, true), _where(batch.uids, unknown), time.monotonic() - began)


def _where(uids: Sequence[int], truth: int) -> list[int]:
    if not truth:
        return []
    marks = truth.to_bytes(len(uids), "little")
    return [uid for uid, mark in zip(uids, marks, strict=True) if mark]


def _batches(search: Search, uids: Sequence[int], level: Level) -> Iterator[Batch]:
    size = SIZES[level]
    for start in range(0, len(uids), size):
        batch = gather(search.view, uids[start : start + size])
        if level is not Level.OCTETS:
            yield batch
            continue
        first = octets = 0
        for at, more in enumerate(batch.sizes):
            octets += more
            if octets > JOB_OCTETS:
                yield batch.cut(first, at + 1)
                first, octets = at + 1, 0
        if first < len(batch.uids):
            yield batch.cut(first, len(batch.uids))


def bind(search: Search, program: Program) -> Bound:
    """Make a program ready to be run: what it says of numbers and `$` holds as of now."""
    return [step if isinstance(step, Step) else step(search) for step in program]


async def run(search: Search, program: Program) -> list[int]:
    """The UIDs that match, rising; otherwise as `run_bound`."""
    return await run_bound(search, bind(search, program))


async def run_bound(search: Search, bound: Bound, among: Sequence[int] | None = None) -> list[int]:
    """The UIDs that match, rising: of all that the client knows, or `among` these (rising).

    Raises:
        No: it took longer than a search may (`imap_search_seconds`), together with what was
            `spent` on it before.
        ConnectionError: the client went away; nothing more is read.
    """
    for prepare in search.before:
        await prepare()
    mailbox = search.view.mailbox
    candidates: Sequence[int] = search.view.numbers.uids if among is None else among
    found: list[int] = []
    for level in Level:
        jobs = (
            partial(run_job, mailbox_id=mailbox.id, batch=batch, program=bound, level=level)
            for batch in _batches(search, candidates, level)
        )
        left: list[int] = []
        async for verdict in read_ahead(mailbox, jobs):
            found += verdict.found
            left += verdict.open
            search.spent += verdict.seconds
            if search.spent > search.session.limits.imap_search_seconds:
                raise No(b"LIMIT", "The search takes too long: ask for less")
            await search.session.drained()
        candidates = left
        if not left:
            break
    return sorted(found)
