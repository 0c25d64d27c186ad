"""The jobs of a search: each decides what it can of some messages, by the index or by reading."""

import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from mailsuite.imap.searching.truth import (
    Bound,
    Enough,
    Late,
    Letters,
    Level,
    Looking,
    Rows,
    Sheet,
    Test,
    Truth,
    everything,
    marked,
    packed,
    unpacked,
    until,
)
from mailsuite.message.searchable import Searchable
from mailsuite.store.placements_read import read_rows
from mailsuite.store.search_columns import Columns
from mailsuite.store.search_consulting import consult, read_letters
from mailsuite.store.search_file import Interrupted
from mailsuite.store.transaction import Transaction

__all__ = ["Rows", "read_rows"]
NO_SHEET = Sheet({"uids": array("I")})


@frozen
class Verdict:
    """What one job found: UIDs that match, and messages that more must be read for."""

    found: Sequence[int] = ()
    open: Sheet = NO_SHEET
    seconds: float = 0.0
    late: bool = False
    columns: Columns | None = None
    scores: Mapping[int, int] = field(factory=dict)
    indexed: bool = False  # there is a search index


Job = Callable[[Transaction], Verdict]


def timed(job: Callable[..., Verdict]) -> Callable[..., Verdict]:
    """Note how long a job took; it breaks off after `left` seconds, or when nobody waits."""

    def run(tx: Transaction, left: float, gone: Callable[[], bool], **more: Any) -> Verdict:
        began = time.monotonic()
        try:
            verdict = job(tx, enough=until(began + left, gone), **more)
        except (Late, Interrupted):
            verdict = Verdict(late=True)
        return evolve(verdict, seconds=time.monotonic() - began)

    return run


def decided(looking: Looking, program: Bound) -> tuple[list[int], bytes]:
    """The UIDs that match, and marks for those of which it is not known yet."""
    uids = looking.sheet.uids
    count = len(uids)
    true, false = looking.truth(program)
    unknown = everything(count) ^ (true | false)
    return list(marked(uids, unpacked(true, count))), unpacked(unknown, count)


@timed
def ask_index(
    tx: Transaction, *, mailbox_id: int, sheet: Sheet, program: Bound, enough: Enough
) -> Verdict:
    """Decide what the search index decides."""
    probes = {
        place: step.probe
        for place, step in enumerate(program)
        if isinstance(step, Test) and step.probe is not None
    }
    ids = sheet.columns["message_ids"]
    said = consult(tx, mailbox_id, sheet.uids, ids, list(probes.values()), enough=enough)
    if said is None:
        return Verdict(open=sheet)
    known: dict[int, Truth] = {
        place: (packed(marks[0]), packed(marks[1]))
        for place, marks in zip(probes, said, strict=True)
        if marks is not None
    }
    found, left = decided(Looking(Level.ARRAYS, sheet, enough, known=known), program)
    return Verdict(found, sheet.chosen(left), indexed=True)


@timed
def look_at_letters(
    tx: Transaction, *, mailbox_id: int, sheet: Sheet, program: Bound, enough: Enough
) -> Verdict:
    """Look at those messages that the search index keeps; of the others nothing is said."""
    kept = read_letters(tx, mailbox_id, sheet.columns["message_ids"], enough=enough)
    there = bytes(map(kept.__contains__, sheet.columns["message_ids"]))
    part = sheet.chosen(there)
    letters = [kept[number] for number in part.columns["message_ids"]]
    unsaid: dict[int, Truth] = {
        place: (0, 0)
        for place, step in enumerate(program)
        if isinstance(step, Test) and step.level is not Level.ARRAYS and not step.reads
    }
    rows = Letters(letters, enough)
    found, left = decided(Looking(Level.OCTETS, part, enough, rows, unsaid), program)
    by_uid = dict(zip(part.uids, letters, strict=True))
    scores = _scores(program, Level.OCTETS, found, by_uid.__getitem__)
    marks = iter(left)
    still = bytes([next(marks) if known else 1 for known in there])
    return Verdict(found, sheet.chosen(still), scores=scores)


@timed
def look_at_messages(
    tx: Transaction,
    *,
    mailbox_id: int,
    sheet: Sheet,
    program: Bound,
    level: Level,
    enough: Enough,
) -> Verdict:
    """Look at some messages as far as this level goes."""
    tests = [step for step in program if isinstance(step, Test)]
    needs = {need for test in tests if test.level <= level for need in test.needs}
    read = read_rows(tx, mailbox_id, sheet.uids, needs)
    rows = Rows([read.get(uid) for uid in sheet.uids], enough)
    found, left = decided(Looking(level, sheet, enough, rows), program)
    scores = _scores(program, level, found, lambda uid: rows.letter(read[uid]))
    return Verdict(found, sheet.chosen(left), scores=scores)


def _scores(
    program: Bound, level: Level, found: Sequence[int], letter: Callable[[int], Searchable]
) -> dict[int, int]:
    """How well each message fits that was found."""
    tests = [step for step in program if isinstance(step, Test) and step.level <= level]
    scored = [test.score for test in tests if test.score is not None]
    if not scored:
        return {}
    return {uid: max(score(letter(uid)) for score in scored) for uid in found}
