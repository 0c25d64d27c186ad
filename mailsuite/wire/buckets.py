"""Buckets of tokens by account: how much somebody may do in a minute and in an hour."""

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import Protocol

from attrs import define, field

from mailsuite.wire.board import RECORD, SETS, WAYS, Board

REMEMBERED = 10_000
FIRST_LOCK = 1  # place on the board; the announcements' comes before
SCALE = 1_000_000  # of a token, and of a second


@define
class Bucket:
    """What is left, and when that was so (seconds)."""

    minute: float
    hour: float
    at: float


class Buckets(Protocol):
    """The buckets of a host."""

    def changing(self, account_id: int, full: Bucket) -> contextlib.AbstractContextManager[Bucket]:
        """The account's bucket, to be changed within; `full` where none is known."""
        ...


@define
class LocalBuckets:
    """Of a host that is one process."""

    _buckets: OrderedDict[int, Bucket] = field(factory=OrderedDict, init=False)

    @contextlib.contextmanager
    def changing(self, account_id: int, full: Bucket) -> Iterator[Bucket]:
        """See `Buckets`."""
        yield self._buckets.setdefault(account_id, full)
        self._buckets.move_to_end(account_id)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)


@define
class SharedBuckets:
    """Of all workers of a host. A set is full at four: then the oldest makes room."""

    board: Board

    @contextlib.contextmanager
    def changing(self, account_id: int, full: Bucket) -> Iterator[Bucket]:
        """See `Buckets`."""
        words = self.board.words
        digest = self.board.digest("bucket", account_id)
        chosen, tag = digest % SETS, digest >> 64 or 1
        with self.board.held(FIRST_LOCK + chosen):
            first = self.board.records + chosen * WAYS * RECORD
            ways = range(first, first + WAYS * RECORD, RECORD)
            at = next((way for way in ways if words[way] == tag), None)
            if at is None:
                at = min(ways, key=lambda way: words[way + 1])
                bucket = full
            else:
                bucket = Bucket(*(words[at + n] / SCALE for n in (2, 3, 1)))
            yield bucket
            words[at] = tag
            for n, value in ((2, bucket.minute), (3, bucket.hour), (1, bucket.at)):
                words[at + n] = int(value * SCALE)
