"""The INBOX as POP3 sees it: one session's list, deletes that act at its end (RFC 1939 §3, §6)."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from functools import partial

from attrs import define, field

from mailsuite.errors import NoSuchThing, NotPermitted
from mailsuite.mailbox.locks import Locks
from mailsuite.mailbox.ports import Owner
from mailsuite.mailbox.reading import in_pieces
from mailsuite.mailbox.surrogates import surrogate_pieces
from mailsuite.message.surrogate import Spelling, surrogate
from mailsuite.store.maildrop import (
    Listed,
    Presents,
    as_stored,
    end_of_lines,
    list_maildrop,
    read_head,
    read_some,
    read_top,
    remove_listed,
)
from mailsuite.store.opening import Store
from mailsuite.store.streams import PIECE

AHEAD_OCTETS = 256 * 1024  # read with the message asked for, when they are fetched in order
AHEAD_MESSAGES = 32
PRESENTS: dict[Spelling, Presents] = {Spelling.ASCII: surrogate, Spelling.UTF8: as_stored}


class Maildrops:
    """Opens maildrops; one a process."""

    def __init__(self, store: Store, locks: Locks | None = None) -> None:
        self._store = store
        self._locks = locks or Locks()

    async def open(self, account: Owner, spelling: Spelling = Spelling.UTF8) -> "Maildrop":
        """Take the account's maildrop; `release` it whatever happens.

        Sizes are those of the stored messages, however they are spelled (RFC 6858 §4).

        Raises:
            MailboxInUse: another session has it.
        """
        holder = self._locks.take(account.id)
        try:
            listed = await self._store.readers.run(list_maildrop, account.id)
        except BaseException:
            self._locks.give_back(account.id, holder)
            raise
        release = partial(self._locks.give_back, account.id, holder)
        return Maildrop(self._store, listed, release, spelling, read_only=account.read_only)


@define(eq=False)
class Maildrop:
    """One session's messages, numbered from 1 as they were when it began.

    What IMAP sessions expunge meanwhile keeps its number, and can be read for as long as it
    can be taken back (RFC 1939 §8 wants a list that does not change).
    """

    _store: Store
    _listed: Listed
    _give_back: Callable[[], None]
    _spelling: Spelling = Spelling.UTF8
    _read_only: bool = field(default=False, kw_only=True)
    _deleted: set[int] = field(factory=set, init=False)  # numbers
    _last: int = field(default=0, init=False)
    _ahead: dict[int, bytes] = field(factory=dict, init=False)  # by message id; bounded
    _octets: int = field(default=0, init=False)  # of what is not deleted

    def __attrs_post_init__(self) -> None:
        self._octets = sum(self._listed.sizes)

    @property
    def count(self) -> int:
        """Messages that are not marked as deleted."""
        return len(self._listed.uids) - len(self._deleted)

    @property
    def octets(self) -> int:
        """Their octets together."""
        return self._octets

    @property
    def highest(self) -> int:
        """The highest number that a message has."""
        return len(self._listed.uids)

    def numbers(self) -> Iterator[int]:
        """The numbers of messages that are not marked as deleted."""
        deleted = self._deleted
        return (n for n in range(1, self.highest + 1) if n not in deleted)

    def has(self, number: int) -> bool:
        """Whether there is a message of that number, not marked as deleted."""
        return 0 < number <= self.highest and number not in self._deleted

    def size(self, number: int) -> int:
        """Its octets, as RETR gives them before dots are stuffed."""
        return self._listed.sizes[number - 1]

    def uidl(self, number: int) -> int:
        """Its own id: it never changes, and no other message of the account ever has it."""
        return self._listed.uidls[number - 1]

    def delete(self, number: int) -> None:
        """Mark it; nothing happens before `commit`. Raises `NotPermitted` to who may only read."""
        if self._read_only:
            raise NotPermitted
        self._deleted.add(number)
        self._octets -= self.size(number)

    def undelete_all(self) -> None:
        """Take every mark away."""
        self._deleted.clear()
        self._octets = sum(self._listed.sizes)

    async def read(self, number: int) -> AsyncGenerator[bytes, None]:
        """The whole message, in pieces where it is large; close it when it is not read to its end.

        Raises:
            NoSuchThing: it was expunged, and its undelete time is over.
            DamagedBody: it is not what was stored; of a large one, perhaps after some pieces.
            NeedsUtf8: it cannot be spelled so; likewise.
        """
        if self.size(number) <= PIECE:
            yield await self._whole(number)
            return
        self._last = number
        async with aclosing(self._pieces(number)) as pieces:
            async for piece in pieces:
                yield piece

    async def top(self, number: int, lines: int) -> AsyncGenerator[bytes, None]:
        """Its header and so many lines of its body. Otherwise as `read`."""
        readers, message_id = self._store.readers, self._listed.message_ids[number - 1]
        presents = PRESENTS[self._spelling]
        if self.size(number) <= PIECE:
            yield await readers.run(read_top, message_id, lines, presents)
            return
        head = await readers.run(read_head, message_id, presents)
        if head is not None and not lines:
            yield head
            return
        async with aclosing(self._pieces(number)) as pieces:
            async for piece in first_lines(pieces, head, lines):
                yield piece

    def _pieces(self, number: int) -> AsyncGenerator[bytes, None]:
        message_id = self._listed.message_ids[number - 1]
        if self._spelling is Spelling.UTF8:
            return in_pieces(self._store, message_id)
        return surrogate_pieces(self._store, message_id)

    async def _whole(self, number: int) -> bytes:
        """A small message; those after it are read along when they are asked for in order."""
        wanted = self._listed.message_ids[number - 1]
        in_order, self._last = number == self._last + 1, number
        octets = self._ahead.pop(wanted, None)
        if octets is None:
            along = self._following(number) if in_order and number > 1 else []
            self._ahead = await self._store.readers.run(
                read_some, wanted, along, PRESENTS[self._spelling]
            )
            octets = self._ahead.pop(wanted, None)
        if octets is None:
            raise NoSuchThing
        return octets

    async def commit(self) -> None:
        """Remove what is marked, all or nothing; it is on disk when this returns (P2)."""
        if self._deleted:
            uids = [self._listed.uids[number - 1] for number in sorted(self._deleted)]
            await self._store.writer.run(remove_listed, self._listed.mailbox_id, uids)

    def release(self) -> None:
        """Let the next session in; harmless when done twice."""
        self._ahead.clear()
        self._give_back()

    def _following(self, number: int) -> list[int]:
        following, octets = [], self.size(number)
        for at in range(number, min(self.highest, number + AHEAD_MESSAGES)):
            octets += self._listed.sizes[at]
            if octets > AHEAD_OCTETS:
                break
            following.append(self._listed.message_ids[at])
        return following


async def first_lines(
    pieces: AsyncGenerator[bytes, None], head: bytes | None, lines: int
) -> AsyncGenerator[bytes, None]:
    """Of a message in pieces, the header and so many lines after it (RFC 1939 §7, TOP).

    `head` is the header with its empty line; where it is damaged (None), the first piece tells.
    """
    start = None if head is None else len(head)
    async for piece in pieces:
        if start is None:
            start = piece.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in piece else len(piece)
        body = min(start, len(piece))
        start -= body
        if not start and piece.count(b"\n", body) >= lines:
            yield piece[: end_of_lines(piece, body, lines)]
            return
        lines -= piece.count(b"\n", body)
        yield piece
