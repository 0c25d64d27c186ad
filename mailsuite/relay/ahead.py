"""The next letters of a batch, read before their turn: one hop to a thread for several."""

from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import define, field

from mailsuite.relay.ports import Pieces
from mailsuite.relay.sending import StoredPieces
from mailsuite.store.queue_bodies import SMALL, Read, read_ahead
from mailsuite.store.queue_rows import Entry
from mailsuite.store.readers import Readers
from mailsuite.store.streams import open_blob

LETTERS = 32  # read at once, and
OCTETS = 512 * 1024  # of them


@define(eq=False)
class KeptPieces:
    """`mailsuite.relay.ports.Pieces` of a letter that is in memory."""

    octets: bytes
    _readers: Readers
    _left: int = field(default=1, init=False)

    @property
    def size(self) -> int:
        """See `Pieces.size`."""
        return len(self.octets)

    async def next_piece(self) -> bytes:
        """See `Pieces.next_piece`; it is one."""
        self._left, given = 0, self._left
        return self.octets if given else b""

    async def changed(self, change: Callable[[bytes], bytes]) -> bytes:
        """See `Pieces.changed`."""
        return await self._readers.run(lambda _: change(self.octets))

    def close(self) -> None:
        """Nothing is open."""


class Opened(Pieces, Protocol):
    """Pieces that whoever opened them closes."""

    def close(self) -> None:
        """Give back what they hold."""


@define(eq=False)
class Ahead:
    """What is in memory of one batch's letters; at most `LETTERS` and `OCTETS` of them."""

    readers: Readers
    _read: Read = field(factory=Read, init=False)
    _looked_at: frozenset[int] = field(default=frozenset(), init=False)  # entries

    async def look(self, entries: Sequence[Entry]) -> None:
        """Know the first of these entries, and some that come after it.

        Raises:
            MailError: the store cannot be read now.
        """
        if entries[0].id in self._looked_at:
            return
        some, octets = [entries[0]], entries[0].size
        for entry in entries[1:LETTERS]:
            octets += entry.size
            if octets > OCTETS:
                break
            some.append(entry)
        small = [entry.blob_id for entry in some if entry.size <= SMALL]
        addresses = [recipient.address for entry in some for recipient in entry.recipients]
        self._read = await self.readers.run(read_ahead, small, addresses)
        self._looked_at = frozenset(entry.id for entry in some)

    def why_suppressed(self, address: str) -> str | None:
        """Why the address that was looked at is not written to; None: it may be."""
        return self._read.suppressed.get(address)

    async def open(self, entry: Entry, prefix: bytes) -> Opened:
        """The letter behind this prefix. Raises `MailError`."""
        body = self._read.bodies.get(entry.blob_id)
        if body is not None:
            return KeptPieces(prefix + body, self.readers)
        return StoredPieces(self.readers, await self.readers.run(open_blob, entry.blob_id, prefix))
