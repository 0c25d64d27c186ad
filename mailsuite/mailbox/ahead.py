"""Messages that were read before they were asked for.

mbsync and programs over imaplib ask for one message a command; a trip to a reader thread costs
more than the read itself. So the next few are read with the one that is asked for, and wait here.
A message that was read by itself waits as well: the other devices open the same one. What is
kept is a cache: whoever asks takes from it only what the view still holds.
"""

from collections import OrderedDict
from collections.abc import Sequence

from attrs import define, field

from mailsuite.store.placements_read import MessageRow

KEPT_OCTETS = 16 * 1024 * 1024
LARGEST = 64 * 1024  # a larger message is worth a trip of its own
AT_ONCE_OCTETS = 256 * 1024  # read for nothing, at worst, when the client stops here
AT_ONCE = 32
NEAR = 8  # places between two messages that are still read one after the other
ROW_OCTETS = 1024  # what a row costs beside its message

Key = tuple[int, int, frozenset[str]]  # mailbox, UID, what was read of it


@define(eq=False)
class Ahead:
    """Rows of all mailboxes, the oldest dropped first; used from the reactor thread."""

    most: int = KEPT_OCTETS
    _rows: OrderedDict[Key, MessageRow] = field(factory=OrderedDict, init=False)
    _held: int = field(default=0, init=False)

    def keep(self, mailbox_id: int, needs: frozenset[str], rows: dict[int, MessageRow]) -> None:
        """Keep what was read of messages."""
        for uid, row in rows.items():
            self.take(mailbox_id, uid, needs)
            self._rows[mailbox_id, uid, needs] = row
            self._held += _octets(row)
        while self._held > self.most:
            self._held -= _octets(self._rows.popitem(last=False)[1])

    def take(self, mailbox_id: int, uid: int, needs: frozenset[str]) -> MessageRow | None:
        """Take a message out, if these very needs of it were read."""
        row = self._rows.pop((mailbox_id, uid, needs), None)
        if row is not None:
            self._held -= _octets(row)
        return row

    def look(self, mailbox_id: int, uid: int, needs: frozenset[str]) -> MessageRow | None:
        """Find a message, which stays: other devices will ask for it as well."""
        row = self._rows.get((mailbox_id, uid, needs))
        if row is not None:
            self._rows.move_to_end((mailbox_id, uid, needs))
        return row

    @property
    def held(self) -> int:
        """About the octets that are kept."""
        return self._held


@define(eq=False)
class Course:
    """How one client goes through a mailbox, message by message: where it will ask next."""

    _last: int = field(default=-1, init=False)
    _step: int = field(default=0, init=False)
    _length: int = field(default=0, init=False)

    def note(self, at: int) -> None:
        """Note that the message at this index is asked for."""
        step = at - self._last if self._last >= 0 else 0
        onward = 0 < abs(step) <= NEAR and (not self._step or (step > 0) == (self._step > 0))
        self._length = self._length + 1 if onward else 0
        self._last, self._step = at, step if onward else 0

    def following(self, sizes: Sequence[int]) -> list[int]:
        """Which indexes to read with the last one noted; the longer the course, the more."""
        if not self._length:
            return []
        at, step = self._last, 1 if self._step > 0 else -1
        found: list[int] = []
        octets = 0
        for _ in range(min(2 ** min(self._length, 5), AT_ONCE)):
            at += step
            if not 0 <= at < len(sizes):
                break
            if sizes[at] > LARGEST:
                continue
            octets += sizes[at]
            if octets > AT_ONCE_OCTETS:
                break
            found.append(at)
        return found


def _octets(row: MessageRow) -> int:
    whole = 0 if row.whole is None else len(row.whole)
    return ROW_OCTETS + whole + len(row.packed_header) + len(row.envelope) + len(row.bodystructure)
