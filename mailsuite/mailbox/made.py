"""Items of messages as FETCH has sent them, kept for whoever asks again.

What was found at delivery never changes, so nothing here grows old: a mailbox's id and its UIDs
are given out once. Devices list a mailbox again and again, and each has the same columns.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence

from attrs import define, field

KEPT_OCTETS = 64 * 1024 * 1024
VALUE_OCTETS = 130  # what a value costs beside its octets: its object, its UID, its place

Key = tuple[int, Hashable]  # mailbox, item


@define(eq=False)
class Column:
    """One item of the messages of a mailbox, by UID."""

    values: dict[int, bytes] = field(factory=dict)
    octets: int = 0


@define(eq=False)
class Made:
    """Columns of all mailboxes, the last used ones first to stay; used from reader threads."""

    most: int = KEPT_OCTETS
    _columns: OrderedDict[Key, Column] = field(factory=OrderedDict, init=False)
    _held: int = field(default=0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    @property
    def held(self) -> int:
        """About the octets that are kept."""
        return self._held

    def find(self, mailbox_id: int, item: Hashable, uids: Sequence[int]) -> list[bytes | None]:
        """The values of messages; None of those that are not kept."""
        with self._lock:
            column = self._columns.get((mailbox_id, item))
            if column is None:
                return [None] * len(uids)
            self._columns.move_to_end((mailbox_id, item))
        return list(map(column.values.get, uids))  # a value once set stays: no lock

    def keep(
        self, mailbox_id: int, item: Hashable, uids: Sequence[int], values: Sequence[bytes]
    ) -> None:
        """Keep the values of messages; what was used longest ago goes for them."""
        with self._lock:
            column = self._columns.get((mailbox_id, item))
            if column is None:
                column = self._columns[mailbox_id, item] = Column()
            before = len(column.values)
            new = [uid not in column.values for uid in uids]
            octets = sum(len(value) for value, is_new in zip(values, new, strict=True) if is_new)
            column.values.update(zip(uids, values, strict=True))
            octets += VALUE_OCTETS * (len(column.values) - before)
            column.octets += octets
            self._held += octets
            while self._held > self.most:
                self._held -= self._columns.popitem(last=False)[1].octets
