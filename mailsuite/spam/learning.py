"""The learner: teaches accounts what they do with their mail, behind the change.

It reads the mailboxes that changed since it looked last (`store/spam_signals.py`), so no command
knows of it or waits for it, and a kill in the middle teaches nothing twice: what was taught of a
message is written with the counts, in one transaction.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import evolve, frozen
from twisted.logger import Logger

from mailsuite.spam.bayes import Counts, Kind
from mailsuite.spam.fields import JUNKED, score_told
from mailsuite.spam.judge import loaded, look
from mailsuite.spam.lessons import KEPT_SECONDS, Wish, wish_of
from mailsuite.spam.likeness import sketch
from mailsuite.spam.ports import Store
from mailsuite.spam.score import of_words
from mailsuite.spam.seed import Seed, shipped
from mailsuite.spam.threshold import KEPT_SCORES, threshold
from mailsuite.spam.words import VERSION
from mailsuite.store import spam_signals as signals
from mailsuite.store.blobs import StoredMessage, read_messages
from mailsuite.store.spam import (
    GONE_SECONDS,
    Lesson,
    Taught,
    forget_gone,
    note_states,
    read_scores,
    set_automatic,
    squeezed,
    write_lesson,
)
from mailsuite.wire.again import Again
from mailsuite.wire.pools import Runs

EVERY_SECONDS = 5.0
RIPENING_EVERY = 120  # of so many rounds one looks for mail that has become old enough
MAILBOXES = 50  # looked at in a round
MESSAGES = 25  # taught at once: 40 ms of the parse pool
MESSAGE_OCTETS = 8 * 1024 * 1024  # larger ones teach nothing
TRIES = 3  # where somebody else wrote the same counts meanwhile

log = Logger()


@frozen
class Learned:
    """What was taught of some messages, for the command line."""

    good: int = 0
    spam: int = 0
    taken_back: int = 0


class Learner:
    """Runs from `start` to `stop`; in one process of a store only.

    Args:
        runs: the parse pool.
    """

    def __init__(self, store: Store, runs: Runs, reactor: Any, seed: Seed | None = None) -> None:
        self._store = store
        self._runs = runs
        self._seed = seed or shipped()
        self._looks = 0
        self._rounds = Again(reactor, "spam lessons", self.catch_up, EVERY_SECONDS)
        self.start, self.stop = self._rounds.start, self._rounds.stop

    async def catch_up(self) -> None:
        """Look at every mailbox that changed, and now and then at what has become old."""
        looks = await self._store.readers.run(signals.find_behind, MAILBOXES)
        for found in looks:
            await self._look_at(found)
        self._looks += 1
        if self._looks % RIPENING_EVERY == 1:
            await self.ripen()

    async def ripen(self) -> None:
        """Teach what was read and kept; forget what is gone."""
        after = 0
        run = self._store.readers.run
        while looks := await run(signals.find_ripening, after, MAILBOXES):
            for found in looks:
                after = found.mailbox_id
                seen = await run(signals.read_ripe, found, KEPT_SECONDS)
                await self._learn(found, seen)
                if self._rounds.stopped:
                    return
        await self._store.writer.run(signals.forget_lost, 0)
        await self._store.writer.run(forget_gone, GONE_SECONDS)

    async def _look_at(self, found: signals.Look) -> None:
        while not self._rounds.stopped:
            seen = await self._store.readers.run(signals.read_changed, found)
            await self._learn(found, seen)
            if seen.is_all:
                return
            found = evolve(found, seen_modseq=seen.modseq, is_new=False)

    async def _learn(self, found: signals.Look, seen: signals.Seen) -> None:
        known = dict(seen.taught)
        wishes: dict[int, Wish] = {}
        for placed in seen.placed:
            was = known.get(placed.message_id)
            wish = wish_of(placed, was, found.special_use, seen.now)
            if wish is not None:
                wishes[placed.message_id] = wish
        await self.teach(found.account_id, list(wishes.values()))
        note = signals.note_seen
        await self._store.writer.run(note, found.mailbox_id, seen.modseq, seen.uid)

    async def teach(self, account_id: int, wishes: Sequence[Wish]) -> Learned:
        """Teach an account; the result is on disk when this returns."""
        total = Learned()
        for start in range(0, len(wishes), MESSAGES):
            did = await self._teach_some(account_id, wishes[start : start + MESSAGES])
            total = Learned(
                total.good + did.good, total.spam + did.spam, total.taken_back + did.taken_back
            )
        if total != Learned():
            await self.renew_threshold(account_id)
        return total

    async def _teach_some(self, account_id: int, wishes: Sequence[Wish]) -> Learned:
        ids = [wish.message_id for wish in wishes]
        messages = await self._store.readers.run(read_messages, ids)
        for _ in range(TRIES):
            revision, counts = await self._store.readers.run(loaded, account_id)
            lesson, did = await self._runs.run(
                learn, self._seed, account_id, revision, counts or Counts(), wishes, messages
            )
            if lesson is None or await self._write(lesson):
                return did
        log.warn("spam lessons of account {id} were put off", id=account_id)
        return Learned()

    async def _write(self, lesson: Lesson) -> bool:
        run = self._store.writer.run
        if not lesson.counts:  # nothing was counted: a message lies otherwise than before
            await run(note_states, lesson.account_id, lesson.taught)
            return True
        return await run(write_lesson, lesson)

    async def renew_threshold(self, account_id: int) -> None:
        """Set the account's threshold by the mail that it kept."""
        scores = await self._store.readers.run(read_scores, account_id, int(Kind.GOOD), KEPT_SCORES)
        edge = threshold(self._seed.tail, scores)
        await self._store.writer.run(set_automatic, account_id, edge, len(scores))


def learn(  # noqa: PLR0917 - a job of a pool takes them in order
    seed: Seed,
    account_id: int,
    revision: int,
    counts: Counts,
    wishes: Iterable[Wish],
    messages: dict[int, StoredMessage],
) -> tuple[Lesson | None, Learned]:
    """Count what is wished, in a pool: the lesson to be written, None where nothing changed."""
    taught: list[Taught] = []
    senders: dict[Kind, list[str]] = {Kind.GOOD: [], Kind.SPAM: []}
    learned = {Kind.GOOD: 0, Kind.SPAM: 0}
    taken_back = 0
    changed = False
    for wish in wishes:
        message = messages.get(wish.message_id)
        if message is None or message.size > MESSAGE_OCTETS:
            continue
        row, sender = _taught(seed, counts, wish, message)
        before = 0 if wish.was is None else wish.was.kind
        if row.kind or wish.was is not None:
            taught.append(row)
        changed = changed or row.kind != before
        if row.kind not in {0, before}:
            learned[Kind(row.kind)] += 1
            taken_back += before > 0
            if sender:
                senders[Kind(row.kind)].append(sender)
    if not taught:
        return None, Learned()
    lesson = Lesson(
        account_id,
        revision,
        VERSION,
        counts.good,
        counts.spam,
        squeezed(counts.packed()) if changed else b"",
        tuple(taught),
        tuple(senders[Kind.GOOD]),
        tuple(senders[Kind.SPAM]),
    )
    return lesson, Learned(learned[Kind.GOOD], learned[Kind.SPAM], taken_back)


def _taught(seed: Seed, counts: Counts, wish: Wish, message: StoredMessage) -> tuple[Taught, str]:
    was = wish.was or Taught(wish.message_id)
    kind = wish.kind
    junked = JUNKED in message.prefix
    if (wish.unless_junked and junked) or (wish.if_junked and not junked):
        kind = None
    state = evolve(was, at=wish.at, state=wish.state)
    if kind is None or kind == was.kind:
        return state, ""
    found = look(message.body())
    score = score_told(message.prefix)
    if was.kind:
        counts.unteach(Kind(was.kind), found.numbers)
        score = was.score
    elif score is None:
        score = sum(one.score for one in of_words(seed, counts, found.numbers))
    if not counts.teach(kind, found.numbers):
        return evolve(state, kind=0, sketch=b""), ""
    # Of what was merely read nothing is remembered but its counts.
    lowest = (
        sketch(found.numbers) if wish.by_hand and (junked or was.kind or kind is Kind.SPAM) else b""
    )
    return evolve(state, kind=int(kind), score=score, sketch=lowest), found.sender
