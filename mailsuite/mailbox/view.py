"""One mailbox as this process knows it, shared by all sessions that have it open.

Four arrays, 24 octets a message, brought up to date by `modseq > seen`. The array of UIDs is an
immutable generation but for its end: an append extends it (sessions keep their own length), an
expunge makes the next generation and leaves word in the old one of what went. So a sequence
number is an index, a UID is found by bisection, and a session costs one small object.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import compress
from typing import Concatenate, ParamSpec, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailsuite.errors import NoSuchMailbox
from mailsuite.mailbox.ahead import Ahead
from mailsuite.mailbox.bodies import Bodies
from mailsuite.mailbox.generations import Generation
from mailsuite.mailbox.made import Made
from mailsuite.mailbox.orders import Orders
from mailsuite.store.flags import SEEN, Keywords
from mailsuite.store.opening import Store
from mailsuite.store.search_columns import NOTHING, Columns
from mailsuite.store.snapshots import (
    Arrays,
    Loaded,
    ViewChanges,
    gone_indexes,
    load_view,
    merge_rows,
    read_changes,
)
from mailsuite.store.transaction import Transaction

P = ParamSpec("P")
R = TypeVar("R")

MERGED_AT_ONCE = 4_000  # rows merged on the reactor (4 ms); more are loaded anew in a thread
TOLD_AT_ONCE = 200  # who watch: 10 ms with what they write; the others in later turns
REMEMBERED = 20_000  # changed UIDs in the log; who was told less looks through the array


@define(eq=False)
class Log:
    """Which messages changed, in order of modseq; bounded, so it may begin late."""

    floor: int  # everything after this modseq is in it
    modseqs: list[int] = field(factory=list)
    uids: list[int] = field(factory=list)

    def add(self, changes: list[tuple[int, int]]) -> None:
        """Add (modseq, uid) pairs that are newer than all before."""
        for modseq, uid in sorted(changes):
            self.modseqs.append(modseq)
            self.uids.append(uid)
        if len(self.uids) > REMEMBERED:
            cut = len(self.uids) - REMEMBERED // 2
            self.floor = self.modseqs[cut - 1]
            del self.modseqs[:cut], self.uids[:cut]

    def since(self, modseq: int) -> Iterator[tuple[int, int]] | None:
        """(modseq, uid) of what changed after a modseq, or None if the log begins later."""
        if modseq < self.floor:
            return None
        first = bisect_right(self.modseqs, modseq)
        return zip(self.modseqs[first:], self.uids[first:], strict=True)


@define(eq=False)
class Unseen:
    """The first message without the Seen flag: a scan goes on from where the last one ended."""

    earliest: int  # index; all before it are seen

    def first(self, flags: Sequence[int]) -> int:
        """Return its index, or the number of messages."""
        at = min(self.earliest, len(flags))
        while at < len(flags) and flags[at] & SEEN:
            at += 1
        self.earliest = at
        return at

    def may_be(self, at: int) -> None:
        """Note that the message at this index may be unseen."""
        self.earliest = min(self.earliest, at)


class MailboxView:
    """The shared view. Read on the reactor thread only; `gone` once the mailbox was deleted."""

    log = Logger()

    def __init__(
        self, store: Store, loaded: Loaded, bodies: Bodies, ahead: Ahead, made: Made
    ) -> None:
        self._store = store
        self.bodies = bodies
        self.ahead = ahead
        self.made = made
        self.orders = Orders()
        self.row = loaded.row
        self.keywords: Keywords = loaded.keywords
        self.arrays: Arrays = loaded.arrays
        self.columns: Columns = NOTHING  # what a search has read, for the next one
        self.generation = Generation(loaded.arrays.uids)
        self.gone = False
        self.users = 0
        self.changed = Log(loaded.row.modseq)
        self._announced = loaded.row.modseq
        self._unseen = Unseen(loaded.first_unseen)
        self._refreshing = False
        self._waiting: list[Deferred[None]] = []
        self._told: dict[object, Callable[[], None]] = {}
        self._forget = store.changes.on_mailbox(self.id, self.announce)

    @property
    def id(self) -> int:
        """The mailbox's id."""
        return self.row.id

    @property
    def octets(self) -> int:
        """About what the view costs in memory."""
        return 2048 + 24 * len(self.arrays.uids) + 28 * len(self.columns.uids) + self.orders.octets

    def flags_of(self, uid: int) -> int | None:
        """The flags as a word; None when the message is gone."""
        at = self.arrays.index(uid)
        return None if at < 0 else self.arrays.flags[at]

    def modseq_of(self, uid: int) -> int | None:
        """The message's modseq; None when it is gone."""
        at = self.arrays.index(uid)
        return None if at < 0 else self.arrays.modseqs[at]

    def first_unseen(self) -> int:
        """Index of the first message without the Seen flag, or the number of messages."""
        return self._unseen.first(self.arrays.flags)

    def changed_since(self, modseq: int, but: Collection[int] = ()) -> list[int]:
        """UIDs of messages whose flags changed, or that came, after a modseq; some may be gone.

        Changes at the modseqs in `but` do not count.
        """
        if modseq >= self.row.modseq:
            return []
        logged = self.changed.since(modseq)
        if logged is not None:
            return sorted({uid for at, uid in logged if at not in but})
        # 3 ms of 100,000: the comparison runs in C.
        uids, modseqs = self.arrays.uids, self.arrays.modseqs
        changed = list(compress(uids, map(modseq.__lt__, modseqs)))
        return [uid for uid in changed if self.modseq_of(uid) not in but] if but else changed

    # Being told.

    def subscribe(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call `told()` after each change, until the returned function is called."""
        key = object()
        self._told[key] = told
        if self._announced > self.row.modseq:
            self._start()
        return lambda: self._told.pop(key, None) and None

    def announce(self, modseq: int) -> None:
        """The bus: the mailbox is at this modseq."""
        self._announced = max(self._announced, modseq)
        if self._told:
            self._start()

    def close(self) -> None:
        """Leave the bus: the view is thrown away."""
        self._forget()

    # Coming up to date.

    def refresh(self) -> Deferred[None]:
        """Come up to what the bus has announced; fires at once when nothing was.

        Raises:
            NoSuchMailbox: it was deleted.
        """
        if self.gone:
            return fail(NoSuchMailbox())
        if self.row.modseq >= self._announced:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        self._start()
        return waiting

    def _start(self) -> None:
        if not self._refreshing and not self.gone:
            self._refreshing = True
            Deferred.fromCoroutine(self._refresh()).addErrback(self._failed)

    async def _refresh(self) -> None:
        # What is announced meanwhile is fetched in the same run: many commits, few reads.
        while self.row.modseq < self._announced:
            changes = await self._store.readers.run(
                read_changes, self.id, self.row.modseq, MERGED_AT_ONCE
            )
            removed = sum(high - low + 1 for low, high in changes.expunged)
            if changes.rows is None or removed > MERGED_AT_ONCE:
                known = self.arrays.uids[:]
                self._replace(await self._store.readers.run(load_view, self.id, known))
            else:
                self._merge(changes)
        self._refreshing = False
        self._finish(None)

    def _failed(self, failure: Failure) -> None:
        self._refreshing = False
        if failure.check(NoSuchMailbox):
            self.gone = True
        else:
            self.log.failure("refreshing a view", failure=failure)
        self._finish(failure)

    def _finish(self, failure: Failure | None) -> None:
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            if failure is None:
                deferred.callback(None)
            else:
                deferred.errback(failure)
        everybody = list(self._told)
        self._tell(everybody[:TOLD_AT_ONCE])
        if len(everybody) > TOLD_AT_ONCE:
            rest = self._tell_rest(everybody[TOLD_AT_ONCE:])
            Deferred.fromCoroutine(rest).addErrback(self._failed)

    def _tell(self, keys: Sequence[object]) -> None:
        for key in keys:
            told = self._told.get(key)
            if told is not None:
                told()

    async def _tell_rest(self, keys: Sequence[object]) -> None:
        """Tell thousands, and let everybody else have a turn in between."""
        for start in range(0, len(keys), TOLD_AT_ONCE):
            await self.read(lambda _: None)
            self._tell(keys[start : start + TOLD_AT_ONCE])

    def _merge(self, changes: ViewChanges) -> None:
        assert changes.rows is not None
        going = gone_indexes(self.arrays, changes.expunged)
        if going:
            removed = [self.arrays.uids[at] for at in going]
            self._unseen.may_be(going[0])
            self._next(self.arrays.without(going), removed)
        length = len(self.arrays.uids)
        changed = merge_rows(self.arrays, changes.rows)
        for at in changed:
            if not self.arrays.flags[at] & SEEN:
                self._unseen.may_be(at)
        self._unseen.may_be(length)
        self.changed.add([(modseq, uid) for uid, _, modseq, _ in changes.rows])
        self.row, self.keywords = changes.row, changes.keywords

    def _replace(self, loaded: Loaded) -> None:
        if loaded.gone:
            self._next(loaded.arrays, loaded.gone)
        else:
            # The same generation, longer: sessions keep their place in it.
            self.generation.uids.extend(loaded.arrays.uids[len(self.generation.uids) :])
            loaded.arrays.uids = self.generation.uids
            self.arrays = loaded.arrays
        self._unseen = Unseen(loaded.first_unseen)
        self.changed = Log(loaded.row.modseq)
        self.row, self.keywords = loaded.row, loaded.keywords

    def _next(self, arrays: Arrays, removed: Sequence[int]) -> None:
        self.arrays = arrays
        following = Generation(arrays.uids)
        self.generation.followed(following, removed, self.row.modseq)
        self.generation = following

    # Reading and writing.

    async def write(
        self, change: Callable[Concatenate[Transaction, int, P], R], *args: P.args, **none: P.kwargs
    ) -> R:
        """Run a store function on the mailbox; the result is on disk, and the view shows it."""
        result = await self._store.writer.run(change, self.id, *args, **none)
        await self.refresh()
        return result

    def read(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> Deferred[R]:
        """Run a reading function in a reader thread, on a snapshot of the store."""
        return self._store.readers.run(function, *args, **kwargs)
