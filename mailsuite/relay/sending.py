"""A queued message as the SMTP client reads it: a piece in memory, the rest in the store."""

from collections.abc import Callable

from attrs import frozen

from mailsuite.store.readers import Readers
from mailsuite.store.streams import PIECE, BodyPieces, read_piece
from mailsuite.store.transaction import Transaction


@frozen
class StoredPieces:
    """`mailsuite.relay.ports.Pieces` over the store. Whoever opened it closes it."""

    _readers: Readers
    _opened: BodyPieces

    @property
    def size(self) -> int:
        """See `Pieces.size`."""
        return self._opened.size

    async def next_piece(self) -> bytes:
        """See `Pieces.next_piece`."""
        return await self._readers.run(read_piece, self._opened)

    async def changed(self, change: Callable[[bytes], bytes]) -> bytes:
        """See `Pieces.changed`."""
        return await self._readers.run(_changed, self._opened, change)

    def close(self) -> None:
        """Give the body back."""
        self._opened.close()


def _changed(_: Transaction, opened: BodyPieces, change: Callable[[bytes], bytes]) -> bytes:
    pieces = []
    while piece := opened.next_piece(PIECE):
        pieces.append(piece)
    return change(b"".join(pieces))
