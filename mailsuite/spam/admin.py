"""What the command line asks about an account's filter: teach, show, explain, forget."""

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from attrs import define, evolve, field, frozen
from twisted.internet.defer import Deferred

from mailsuite.errors import NoSuchThing, TooMany
from mailsuite.spam.bayes import Counts, Kind
from mailsuite.spam.judge import loaded
from mailsuite.spam.learning import Learned, Learner
from mailsuite.spam.lessons import Wish
from mailsuite.spam.ports import Store
from mailsuite.spam.score import of_words
from mailsuite.spam.seed import Seed, shipped
from mailsuite.spam.threshold import of_tail
from mailsuite.spam.words import MESSAGE_OCTETS, VERSION, numbers, read, spelled
from mailsuite.store import spam_signals as signals
from mailsuite.store.blobs import read_messages
from mailsuite.store.spam import (
    Lesson,
    forget_spam,
    give_threshold,
    read_models,
    squeezed,
    write_lesson,
)
from mailsuite.store.transaction import Transaction

MOST_WORDS = 20  # told of each kind
PREFIX_LINES = 40

P = ParamSpec("P")
R = TypeVar("R")


@frozen
class Status:
    """How an account's filter stands."""

    good: int  # messages taught
    spam: int
    threshold: float
    given: str  # "" automatic, "off", or the number that was set
    kept: int  # messages that the automatic one goes by
    octets: int  # of the counts as they are kept


@frozen
class TellingWord:
    """One word of a message, and how it speaks."""

    word: str
    anywhere: float  # above 0: for spam
    own: float
    good: int  # messages of the account that it stood in
    spam: int


@frozen
class Explained:
    """Why a message has its score."""

    fields: tuple[str, ...]  # X-Spam-… as they were written when it came
    seed: float  # what its words are worth today
    own: float
    threshold: float
    words: tuple[TellingWord, ...]


@define
class _Aside:
    """Runs what takes time in the store's reading threads: the command has no pool of its own."""

    store: Store

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Deferred[R]:
        """As `wire.pools.Runs`."""
        return self.store.readers.run(lambda _: function(*args, **kwargs))

    def stop(self) -> None:
        """It is the store's."""


@define
class SpamAdmin:
    """The filter of accounts, for the command line."""

    store: Store
    seed: Seed = field(factory=shipped)

    async def train(self, account_id: int, kind: Kind, mailbox: str) -> Learned:
        """Teach every message of a mailbox. Raises `NoSuchThing`."""
        found = await self.store.readers.run(signals.find_look, account_id, mailbox)
        learner = Learner(self.store, _Aside(self.store), None, self.seed)
        total = Learned()
        while True:
            seen = await self.store.readers.run(signals.read_changed, found)
            wishes = [
                Wish(one.message_id, kind, one.state, seen.now, seen.taught.get(one.message_id))
                for one in seen.placed
                if not one.is_deleted
            ]
            did = await learner.teach(account_id, wishes)
            total = Learned(
                total.good + did.good, total.spam + did.spam, total.taken_back + did.taken_back
            )
            if seen.is_all:
                return total
            found = evolve(found, seen_modseq=seen.modseq)

    async def status(self, account_id: int) -> Status:
        """How the account's filter stands."""
        model = (await self.store.readers.run(read_models, [account_id]))[account_id]
        octets = await self.store.readers.run(_octets, account_id)
        automatic = model.threshold if model.kept else of_tail(self.seed.tail)
        threshold = automatic if model.given in {"", "off"} else float(model.given)
        return Status(model.good, model.spam, threshold, model.given, model.kept, octets)

    async def set_threshold(self, account_id: int, given: str) -> None:
        """Set the threshold: "auto", "off" or a number. Raises `NoSuchThing` for anything else."""
        if given not in {"auto", "off"}:
            try:
                number = float(given)
            except ValueError:
                raise NoSuchThing(f'"{given}" is neither auto nor off nor a number') from None
            if not abs(number) < 100:
                raise NoSuchThing("a threshold lies between -100 and 100")
            given = f"{number:g}"
        told = "" if given == "auto" else given
        await self.store.writer.run(give_threshold, account_id, told)

    async def reset(self, account_id: int) -> None:
        """Forget all that was taught, and the threshold."""
        await self.store.writer.run(forget_spam, account_id)

    async def merge(self, source_id: int, target_id: int) -> Status:
        """Add what one account has taught to another's counts. Raises `TooMany`."""
        run = self.store.readers.run
        _, other = await run(loaded, source_id)
        revision, counts = await run(loaded, target_id)
        lesson = await run(lambda _: _merged(target_id, revision, counts, other))
        if not await self.store.writer.run(write_lesson, lesson):
            raise TooMany("somebody taught the account meanwhile; try again")
        return await self.status(target_id)

    async def explain(self, account_id: int, mailbox: str, uid: int) -> Explained:
        """Why a message has its score. Raises `NoSuchThing`."""
        message_id = await self.store.readers.run(signals.find_message, account_id, mailbox, uid)
        return await self.explain_message(account_id, message_id)

    async def explain_message(self, account_id: int, message_id: int) -> Explained:
        """The same by the message's id."""
        run = self.store.readers.run
        found = (await run(read_messages, [message_id])).get(message_id)
        if found is None:
            raise NoSuchThing(f"message {message_id}")
        status = await self.status(account_id)
        _, counts = await run(loaded, account_id)
        body = await run(lambda _: found.body()[:MESSAGE_OCTETS])
        return await run(lambda _: _explained(self.seed, counts, found.prefix, body, status))


def _octets(tx: Transaction, account_id: int) -> int:
    return signals.weigh_counts(tx, account_id)


def _merged(account_id: int, revision: int, counts: Counts | None, other: Counts | None) -> Lesson:
    total = counts or Counts()
    try:
        total.merge(other or Counts())
    except OverflowError:
        raise TooMany("together they have taught too many messages") from None
    packed = squeezed(total.packed())
    return Lesson(account_id, revision, VERSION, total.good, total.spam, packed, ())


def _explained(
    seed: Seed, counts: Counts | None, prefix: bytes, body: bytes, status: Status
) -> Explained:
    streams = read(body)
    names = spelled(streams)
    found = numbers(streams)
    counts = counts or Counts()
    scores = [reason.score for reason in of_words(seed, counts, found)]
    loud = dict.fromkeys(number for number, _ in seed.telling(found, MOST_WORDS))
    loud.update(dict.fromkeys(word.number for word in counts.telling(found, MOST_WORDS)))
    return Explained(
        tuple(_lines(prefix)),
        scores[0],
        scores[1] if len(scores) > 1 else 0.0,
        status.threshold,
        tuple(_words(seed, counts, list(loud), names)),
    )


def _lines(prefix: bytes) -> list[str]:
    lines = prefix.decode("utf-8", "replace").split("\r\n")
    return [line for line in lines if line.lower().startswith("x-spam-")][:PREFIX_LINES]


def _words(
    seed: Seed, counts: Counts, loud: Sequence[int], names: dict[int, str]
) -> list[TellingWord]:
    weights: dict[int, float] = dict(seed.telling(loud, len(loud)))
    told = []
    for number in loud:
        own = counts.word(number)
        anywhere = weights.get(number, 0.0)
        told.append(TellingWord(names[number], anywhere, own.weight, own.good, own.spam))
    return told


def account_kind(word: str) -> Kind:
    """The kind that a word of the command line means. Raises `NoSuchThing`."""
    kinds: dict[str, Any] = {"good": Kind.GOOD, "spam": Kind.SPAM}
    if word not in kinds:
        raise NoSuchThing(f'"{word}" is neither good nor spam')
    kind: Kind = kinds[word]
    return kind
