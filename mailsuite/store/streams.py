"""Stored messages read piece by piece: what a large one costs in memory is one piece.

Opened in one reader job, read in as many as it takes: no read transaction stays open between
them. Bodies in files are immutable and held by their descriptor, so nothing that is expunged or
swept meanwhile breaks a message that is being sent; a body in a row is held as it is stored.
"""

import hashlib
import io
import os
import threading
from typing import Any, BinaryIO, Protocol

import zstandard
from attrs import frozen
from sqlalchemy import bindparam, select

from mailsuite.errors import DamagedBody, NoSuchThing
from mailsuite.store.blobs import FILE, ZSTD
from mailsuite.store.files import LargeFiles
from mailsuite.store.schema import blob, blob_data, message
from mailsuite.store.transaction import Transaction

PIECE = 256 * 1024  # octets that are worth a hop to another thread
STORED_PIECE = 64 * 1024  # read from the file at once

_BLOB = (blob.c.hash, blob.c.size, blob.c.stored, blob.c.codec, blob.c.place, blob_data.c.body)
STORED_MESSAGE = (
    select(message.c.prefix, *_BLOB)
    .select_from(
        message.join(blob, blob.c.id == message.c.blob_id).outerjoin(
            blob_data, blob_data.c.id == blob.c.id
        )
    )
    .where(message.c.id == bindparam("id"))
)
STORED_BLOB = (
    select(*_BLOB)
    .select_from(blob.outerjoin(blob_data, blob_data.c.id == blob.c.id))
    .where(blob.c.id == bindparam("id"))
)


class _Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...


@frozen
class _Stored:
    """A body as its row tells of it."""

    digest: bytes
    size: int
    stored: int  # octets in the row or the file
    codec: int
    place: int
    data: bytes | None

    def open(self, large: LargeFiles) -> BinaryIO:
        """Its octets as they are stored. Raises `DamagedBody`."""
        if self.place != FILE:
            source: BinaryIO = io.BytesIO(self.data or b"")
            found = len(self.data or b"")
        else:
            try:
                source = large.open(self.digest, self.codec)
            except OSError as error:
                raise DamagedBody(str(error)) from error
            found = os.fstat(source.fileno()).st_size
        # Told before anything has been sent: most damage is a file that was cut short.
        if found != self.stored:
            source.close()
            raise DamagedBody(f"body {self.digest.hex()}: {found} octets of {self.stored}")
        return source


class BodyPieces:
    """One message from some octet on. Whoever opened it closes it, or reads it to its end.

    Attributes:
        size: octets of the whole message (RFC822.SIZE).
        left: octets that have not been given out.
    """

    def __init__(self, prefix: bytes, stored: _Stored, source: BinaryIO, start: int) -> None:
        self.size = len(prefix) + stored.size
        self.left = self.size - min(start, self.size)
        self._head = prefix[start:]
        self._stored = stored
        self._source = source
        self._reads: _Reads = source
        self._sum: Any = None  # of a plain body; a frame carries its own
        self._lock = threading.Lock()
        self._closed = False
        self._begin(min(max(0, start - len(prefix)), stored.size))

    def next_piece(self, limit: int = PIECE) -> bytes:
        """The next `limit` octets, fewer at the end, none after it. Blocks: in a thread only.

        Raises:
            DamagedBody: it is not what was stored. The last octets are held back then: whoever
                was told the message's size never has all of it.
        """
        try:
            with self._lock:
                return b"" if self._closed else self._next(min(limit, self.left))
        finally:
            if self._closed:
                self._free()

    def close(self) -> None:
        """Give the file back; from any thread, while a piece is read too, and again."""
        self._closed = True
        self._free()

    # Inside.

    def _begin(self, skipped: int) -> None:
        if self._stored.codec == ZSTD:
            frame = zstandard.ZstdDecompressor()
            self._reads = frame.stream_reader(self._source, read_size=STORED_PIECE, closefd=False)
            while skipped:
                skipped -= len(self._read(min(skipped, PIECE)))
        elif skipped:
            self._source.seek(skipped)
        else:
            self._sum = hashlib.sha256()

    def _next(self, wanted: int) -> bytes:
        try:
            head, self._head = self._head[:wanted], self._head[wanted:]
            piece = head + self._read(wanted - len(head))
            if len(piece) == self.left:
                self._check_end()
                self._closed = True
        except BaseException:
            self._closed = True
            raise
        self.left -= len(piece)
        return piece

    def _read(self, wanted: int) -> bytes:
        if not wanted:
            return b""
        try:
            octets = self._reads.read(wanted)
        except (OSError, zstandard.ZstdError) as error:
            raise self._damaged(str(error)) from error
        if len(octets) != wanted:
            raise self._damaged("it ends too early")
        if self._sum is not None:
            self._sum.update(octets)
        return octets

    def _check_end(self) -> None:
        if self._sum is not None:
            if self._sum.digest() != self._stored.digest:
                raise self._damaged("the checksum is wrong")
            return
        try:
            more = self._reads.read(1)  # the frame's checksum stands behind its last octet
        except (OSError, zstandard.ZstdError) as error:
            raise self._damaged(str(error)) from error
        if more:
            raise self._damaged("it goes on after its end")

    def _damaged(self, why: str) -> DamagedBody:
        return DamagedBody(f"body {self._stored.digest.hex()}: {why}")

    def _free(self) -> None:
        # A thread that is reading now frees it when it is done.
        if self._lock.acquire(blocking=False):
            try:
                self._source.close()
            finally:
                self._lock.release()


def open_body(tx: Transaction, message_id: int, start: int = 0) -> BodyPieces:
    """One message, prefix and body, from the octet `start` on.

    Raises:
        NoSuchThing: it is gone.
        DamagedBody: its file is not there, or was cut short.
    """
    for prefix, *row in tx.execute(STORED_MESSAGE, {"id": message_id}).tuples():
        return opened_body(tx, bytes(prefix), row, start)
    raise NoSuchThing(f"message {message_id}")


def open_blob(tx: Transaction, blob_id: int, prefix: bytes = b"") -> BodyPieces:
    """A body behind a prefix that the caller has, as the queue sends it. Raises as `open_body`."""
    for row in tx.execute(STORED_BLOB, {"id": blob_id}).tuples():
        return opened_body(tx, prefix, list(row), 0)
    raise NoSuchThing(f"blob {blob_id}")


def read_piece(_: Transaction, pieces: BodyPieces, limit: int = PIECE) -> bytes:
    """`pieces.next_piece(limit)` as a job of the readers; nothing is read from the database."""
    return pieces.next_piece(limit)


def read_start(tx: Transaction, blob_id: int, limit: int) -> bytes:
    """The first octets of a body. Raises as `open_body`."""
    pieces = open_blob(tx, blob_id)
    try:
        return pieces.next_piece(limit)
    finally:
        pieces.close()


def opened_body(tx: Transaction, prefix: bytes, row: list[Any], start: int) -> BodyPieces:
    """A body by its row (hash, size, stored, codec, place, body). Raises `DamagedBody`."""
    digest, size, stored, codec, place, data = row
    body = _Stored(bytes(digest), size, stored, codec, place, None if data is None else bytes(data))
    source = body.open(tx.large)
    try:
        return BodyPieces(prefix, body, source, start)
    except BaseException:
        source.close()
        raise
