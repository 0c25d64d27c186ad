"""Running a search: arrays first, then the index, headers, bodies, each in bounded reader jobs."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from mailsuite.imap.answers import No
from mailsuite.imap.fetch.batch import gather
from mailsuite.imap.searching.looking import (
    NO_SHEET,
    Job,
    Verdict,
    ask_index,
    decided,
    look_at_letters,
    look_at_messages,
    timed,
)
from mailsuite.imap.searching.program import Program, Search
from mailsuite.imap.searching.truth import (
    Bound,
    Enough,
    Level,
    Looking,
    Sheet,
    Step,
    Test,
    depth,
)
from mailsuite.mailbox.reading import read_ahead
from mailsuite.store.search_columns import NOTHING, Columns, Dates, Ids, read_columns
from mailsuite.store.transaction import Transaction

# Messages a job: other sessions' reads go between.
SIZES = {Level.META: 500, Level.OCTETS: 50}
LETTERS = 500
JOB_OCTETS = 4 * 1024 * 1024  # of bodies
AT_ONCE_OCTETS = 4 * 1024 * 1024  # of truth, kept while the arrays are looked at
FEW = 16  # messages: looked at quicker than the index is asked
FROM_VIEW = frozenset({"flags", "modseqs", "sizes"})
FROM_STORE = frozenset({"message_ids", "internal_dates", "saved_dates"})
__all__ = ["Bound", "bind", "run", "run_bound"]


# The arrays.


@frozen
class Source:
    """What the view knows of the messages, as it was when the search began.

    Attributes:
        uids: those that are asked for; of those that are gone nothing is in `view`.
        whole: they are all that there are.
    """

    uids: "array[int]"
    view: "Mapping[str, array[int]]"
    columns: Columns
    whole: bool


def source_of(search: Search, among: Sequence[int] | None, names: frozenset[str]) -> Source:
    """Take from the view what a search needs: copies of whole arrays, or a few values."""
    view = search.view
    mailbox = view.mailbox
    wanted = [name for name in ("flags", "modseqs", "sizes") if name in names]
    columns = mailbox.columns if names & FROM_STORE else NOTHING
    if among is not None and len(among) < SIZES[Level.META]:
        batch = gather(view, among)
        few = array("I", batch.uids)
        kinds = {"flags": "q", "modseqs": "Q", "sizes": "I"}
        found: dict[str, array[int]] = {
            name: array(kinds[name], getattr(batch, name)) for name in wanted
        }
        return Source(few, {"uids": few, **found}, columns, whole=False)
    uids = view.numbers.uids if among is None else array("I", among)
    arrays = mailbox.arrays
    copies = {name: getattr(arrays, name)[:] for name in ("uids", *wanted)}
    return Source(uids, copies, columns, whole=among is None)


def sheet_of(tx: Transaction, mailbox_id: int, source: Source, names: frozenset[str]) -> Sheet:
    """The columns side by side."""
    sheet = Sheet({"uids": source.uids}).joined(source.view["uids"], source.view)
    if not names & FROM_STORE and "ages" not in names:
        return sheet
    columns = read_columns(tx, mailbox_id, source.columns)
    more = {name: getattr(columns, name) for name in FROM_STORE}
    sheet = sheet.joined(columns.uids, more)
    if "ages" in names:
        ages = array("q", map(tx.now.__sub__, sheet.columns["internal_dates"]))
        sheet = Sheet({**sheet.columns, "ages": ages})
    return sheet


@timed
def look_at_arrays(
    tx: Transaction,
    *,
    mailbox_id: int,
    source: Source,
    program: Bound,
    names: frozenset[str],
    enough: Enough,
) -> Verdict:
    """Decide what the arrays decide."""
    sheet = sheet_of(tx, mailbox_id, source, names)
    count = len(sheet.uids)
    size = max(1_000, AT_ONCE_OCTETS // depth(program))
    found: list[int] = []
    left = bytearray()
    for start in range(0, count, size):
        part = sheet if size >= count else sheet.cut(start, start + size)
        some, unknown = decided(Looking(Level.ARRAYS, part, enough), program)
        found += some
        left += unknown
    remaining = sheet.chosen(bytes(left)) if 1 in left else NO_SHEET
    return Verdict(found, remaining, columns=_columns(sheet, source))


def _ids(values: "array[int]") -> Ids:
    return values if isinstance(values, Ids) else Ids("q", values)


def _columns(sheet: Sheet, source: Source) -> Columns | None:
    """What the next search begins with: of a whole mailbox only messages that are there."""
    if "message_ids" not in sheet.columns or not source.whole:
        return None
    return Columns(
        sheet.uids,
        _ids(sheet.columns["message_ids"]),
        Dates.of(sheet.columns["internal_dates"]),
        Dates.of(sheet.columns["saved_dates"]),
    )


def _batches(sheet: Sheet, most: int) -> Iterator[Sheet]:
    """So many messages at once, of so many octets where those may be read."""
    count = len(sheet.uids)
    sizes = sheet.columns.get("sizes") or array("I", bytes(4 * count))
    start = octets = 0
    for at, size in enumerate(sizes, 1):
        octets += size
        if at - start >= most or octets > JOB_OCTETS:
            yield sheet.cut(start, at)
            start, octets = at, 0
    if start < count:
        yield sheet.cut(start, count)


# All of it.


def bind(search: Search, program: Program) -> Bound:
    """Make a program ready to be run: what it says of numbers and `$` holds as of now."""
    return [step if isinstance(step, Step) else step(search) for step in program]


async def run(search: Search, program: Program) -> list[int]:
    """The UIDs that match, rising; otherwise as `run_bound`."""
    return await run_bound(search, bind(search, program))


async def run_bound(search: Search, bound: Bound, among: Sequence[int] | None = None) -> list[int]:
    """The UIDs that match, rising: of all that the client knows, or `among` these (rising).

    `search.scores` says afterwards how well they fit, where something was matched fuzzily.

    Raises:
        No: it took longer than a search may (`imap_search_seconds`), together with what was
            `spent` on it before.
        ConnectionError: the client went away; nothing more is read.
    """
    for prepare in search.before:
        await prepare()
    names = _columns_of(bound)
    found: list[int] = []
    source = source_of(search, among, names)
    verdict = await _one(search, _job(search, bound, look_at_arrays, source=source, names=names))
    _count(search, verdict, found)
    _keep(search, verdict.columns)
    remaining = verdict.open
    if len(remaining.uids) > FEW and any(isinstance(s, Test) and s.probe for s in bound):
        verdict = await _one(search, _job(search, bound, ask_index, sheet=remaining))
        _count(search, verdict, found)
        remaining = verdict.open
        if verdict.indexed and remaining.uids:
            job = _job(search, bound, look_at_letters)
            remaining = await _look(search, job, _batches(remaining, LETTERS), remaining, found)
    levels = {step.level for step in bound if isinstance(step, Test)}
    for level in sorted(levels - {Level.ARRAYS}):
        if remaining.uids:
            job = _job(search, bound, look_at_messages, level=level)
            batches = _batches(remaining, SIZES[level])
            remaining = await _look(search, job, batches, remaining, found)
    return sorted(found)


async def _one(search: Search, job: Job) -> Verdict:
    verdict = await search.view.mailbox.read(job)
    await search.session.drained()
    return verdict


async def _look(
    search: Search,
    job: Callable[..., Verdict],
    batches: Iterator[Sheet],
    sheet: Sheet,
    found: list[int],
) -> Sheet:
    """Look at messages, batch by batch; those of `sheet` that more must be read for."""
    lengths: list[int] = []  # of the batches on their way, one of them ahead

    def jobs() -> Iterator[Callable[..., Verdict]]:
        for batch in batches:
            lengths.append(len(batch.uids))
            yield partial(job, sheet=batch)

    still: set[int] = set()
    done, goal = 0, len(sheet.uids)
    async for verdict in read_ahead(search.view.mailbox, jobs()):
        _count(search, verdict, found)
        still.update(verdict.open.uids)
        done += lengths.pop(0)
        if search.session.progress is not None:
            search.session.progress.count(done, goal)
        await search.session.drained()
    return sheet.chosen(bytes(map(still.__contains__, sheet.uids)))


def _keep(search: Search, columns: Columns | None) -> None:
    """The next search begins with these columns, unless somebody knows more."""
    mailbox = search.view.mailbox
    if columns is not None and columns.uids:
        before = mailbox.columns.uids
        if not before or columns.uids[-1] >= before[-1]:
            mailbox.columns = columns


def _columns_of(bound: Bound) -> frozenset[str]:
    tests = [step for step in bound if isinstance(step, Test)]
    names = {test.column for test in tests if test.level is Level.ARRAYS} - {""}
    if any(test.probe is not None for test in tests):
        names.add("message_ids")
    if any(test.level is Level.OCTETS for test in tests):
        names.add("sizes")
    if "ages" in names:
        names.add("internal_dates")
    return frozenset(names)


def _job(
    search: Search, bound: Bound, job: Callable[..., Verdict], **more: Any
) -> Callable[..., Verdict]:
    session = search.session
    left = session.limits.imap_search_seconds - search.spent

    def gone() -> bool:
        # Asked in the reader's thread; it is only ever set, and by the reactor.
        return bool(getattr(session, "closed", False))

    mailbox_id = search.view.mailbox.id
    return partial(job, left=left, gone=gone, mailbox_id=mailbox_id, program=bound, **more)


def _count(search: Search, verdict: Verdict, found: list[int]) -> None:
    search.spent += verdict.seconds
    if verdict.late or search.spent > search.session.limits.imap_search_seconds:
        raise No(b"LIMIT", "The search takes too long: ask for less")
    found += verdict.found
    if search.scores is not None:
        search.scores.update({uid: verdict.scores.get(uid, 100) for uid in verdict.found})
