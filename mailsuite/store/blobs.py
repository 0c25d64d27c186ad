"""Bodies: what is prepared before the transaction, and how they are read again.

A stored message is its prefix (trace fields of one delivery) and its blob (everything else, shared
by SHA-256). Bodies up to 128 KiB as stored are rows, one fsync with their placement; larger ones
are files, written before the transaction (`mailsuite.store.files`).
"""

import errno
import hashlib
import mmap
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import zstandard
from attrs import frozen
from sqlalchemy import bindparam, select

from mailsuite.errors import DamagedBody, NoSuchThing, StoreFull, Unavailable
from mailsuite.message.scan import Structure
from mailsuite.store.files import LargeFiles
from mailsuite.store.schema import blob, blob_data, blob_meta, message
from mailsuite.store.transaction import Transaction, any_of

Octets = bytes | bytearray | memoryview | mmap.mmap

PLAIN, ZSTD = 0, 1  # blob.codec
ROW, FILE = 0, 1  # blob.place
ROW_OCTETS = (
    128 * 1024
)  # stored; measured: beyond it a file is as quick and keeps the database small
LEVEL = 1  # ratio 0.41 on real mail in 29 us; level 3 gains 0.01 for 15 us more
GAIN = 0.9  # stored plain unless compression leaves less than this
IN_MEMORY = 1024 * 1024  # compressed at once below, chunk by chunk above
CHUNK = 256 * 1024
PROBE = 16 * 1024
SHORT, HELD = 16 * 1024, 2047  # octets: of a short message, and hashed without letting go


@frozen
class Content:
    """A body ready to be stored: nothing of it is computed inside a transaction."""

    hash: bytes  # SHA-256 of the octets
    size: int
    codec: int
    stored: int  # octets after compression
    data: bytes | None  # for the row; None: it lies in a file already
    header: bytes  # compressed
    structure: Structure

    @property
    def place(self) -> int:
        """ROW or FILE."""
        return FILE if self.data is None else ROW


def prepare(octets: Octets, structure: Structure, large: LargeFiles) -> Content:
    """Hash and compress a body; a large one is on disk when this returns. Blocks.

    An mmap of the spool is read in pieces: no second copy of it is made in memory.

    Raises:
        StoreFull: the disk is full.
        Unavailable: the file could not be written. In both cases nothing is left of it.
    """
    try:
        return _prepared(octets, structure, large)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (StoreFull if full else Unavailable)(str(error)) from error


def _prepared(octets: Octets, structure: Structure, large: LargeFiles) -> Content:
    with memoryview(octets) as view:
        digest = _digest(view)
        size = len(view)
        header = compressed(structure.header)
        if size <= IN_MEMORY:
            codec, data = _smaller(view)
            if len(data) <= ROW_OCTETS:
                return Content(digest, size, codec, len(data), data, header, structure)
            large.keep(large.write([data]), digest, codec)
            return Content(digest, size, codec, len(data), None, header, structure)
        codec = _worth(view)
        path = large.write(_squeezed(view) if codec == ZSTD else _pieces(view))
    stored = path.stat().st_size
    if stored <= ROW_OCTETS:
        data = _taken(path)
        return Content(digest, size, codec, stored, data, header, structure)
    large.keep(path, digest, codec)
    return Content(digest, size, codec, stored, None, header, structure)


def _digest(view: memoryview) -> bytes:
    if len(view) > SHORT:
        return hashlib.sha256(view).digest()
    # For more than 2,047 octets at once hashlib lets go of the interpreter, and getting it back
    # from the writing thread costs ten times as much as hashing a short message.
    digest = hashlib.sha256()
    for at in range(0, len(view), HELD):
        digest.update(view[at : at + HELD])
    return digest.digest()


class _Contexts(threading.local):
    """Each thread's own: making one costs 6 us, as much as half a message's work."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        self.decompressor = zstandard.ZstdDecompressor()


_CONTEXTS = _Contexts()


def compressed(octets: bytes | memoryview) -> bytes:
    """A zstd frame with its size and checksum."""
    return _CONTEXTS.compressor.compress(octets)


def expanded(frame: bytes, size: int = 0) -> bytes:
    """What a frame holds.

    Raises:
        DamagedBody: it is no frame, its checksum is wrong, or it holds more than it says.
    """
    try:
        return _CONTEXTS.decompressor.decompress(frame, max_output_size=size)
    except zstandard.ZstdError as error:
        raise DamagedBody(str(error)) from error


def _smaller(view: memoryview) -> tuple[int, bytes]:
    frame = compressed(view)
    return (ZSTD, frame) if len(frame) < len(view) * GAIN else (PLAIN, bytes(view))


def _worth(view: memoryview) -> int:
    """The codec, by samples from the start, the middle and the end."""
    starts = (0, len(view) // 2, len(view) - PROBE)
    frames = sum(len(compressed(view[at : at + PROBE])) for at in starts)
    return ZSTD if frames < 3 * PROBE * GAIN else PLAIN


def _pieces(view: memoryview) -> Iterator[bytes]:
    for at in range(0, len(view), CHUNK):
        yield bytes(view[at : at + CHUNK])


def _squeezed(view: memoryview) -> Iterator[bytes]:
    squeeze = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj(size=len(view))
    for piece in _pieces(view):
        yield squeeze.compress(piece)
    yield squeeze.flush()


def _taken(path: Path) -> bytes:
    data = path.read_bytes()
    path.unlink()
    return data


# Reading --------------------------------------------------------------------------------------


def expand_body(  # noqa: PLR0917 - the columns of a row, in their order
    large: LargeFiles, digest: bytes, size: int, codec: int, place: int, data: bytes | None
) -> bytes:
    """The octets of a body as its row tells of it: `blob.hash` to `blob_data.body`.

    Raises:
        DamagedBody: missing, or not what was stored.
    """
    if place == FILE:
        try:
            data = large.read(digest, codec)
        except OSError as error:
            raise DamagedBody(str(error)) from error
    if data is None:
        raise DamagedBody("no body")
    # A frame carries its own checksum, a tenth of the cost of SHA-256.
    octets = expanded(data, size) if codec == ZSTD else bytes(data)
    wrong = codec == PLAIN and _digest(memoryview(octets)) != digest
    if wrong or len(octets) != size:
        raise DamagedBody("the checksum is wrong")
    return octets


@frozen
class StoredMessage:
    """One message as it lies in the store; expanded and checked when asked for its octets."""

    id: int
    prefix: bytes
    size: int  # RFC822.SIZE: prefix and body together
    _hash: bytes
    _body_size: int
    _codec: int
    _place: int
    _data: bytes | None
    _large: LargeFiles

    def body(self) -> bytes:
        """Everything after the prefix.

        Raises:
            DamagedBody: missing, or not what was stored; other messages are not touched by that.
        """
        try:
            return expand_body(
                self._large, self._hash, self._body_size, self._codec, self._place, self._data
            )
        except DamagedBody as error:
            raise DamagedBody(f"message {self.id}: {error}") from error

    def octets(self) -> bytes:
        """The whole message. Raises `DamagedBody`."""
        return self.prefix + self.body()


MESSAGES = (
    select(
        message.c.id,
        message.c.prefix,
        blob.c.hash,
        blob.c.size,
        blob.c.codec,
        blob.c.place,
        blob_data.c.body,
    )
    .select_from(
        message.join(blob, blob.c.id == message.c.blob_id).outerjoin(
            blob_data, blob_data.c.id == blob.c.id
        )
    )
    .where(any_of(message.c.id, "ids"))
)

BLOB = (
    select(blob.c.id, blob.c.hash, blob.c.size, blob.c.codec, blob.c.place, blob_data.c.body)
    .select_from(blob.outerjoin(blob_data, blob_data.c.id == blob.c.id))
    .where(blob.c.id == bindparam("id"))
)

HEADERS = (
    select(message.c.id, message.c.prefix, blob_meta.c.header)
    .select_from(message.join(blob_meta, blob_meta.c.id == message.c.blob_id))
    .where(any_of(message.c.id, "ids"))
)


def read_messages(tx: Transaction, message_ids: Sequence[int]) -> dict[int, StoredMessage]:
    """Messages by id, in one query; those that are gone are left out."""
    rows = tx.execute(MESSAGES, {"ids": tx.array(message_ids)}).tuples()
    return {row[0]: _stored(row, tx.large) for row in rows}


def read_octets(tx: Transaction, message_id: int) -> bytes:
    """One whole message: prefix and body.

    Raises:
        NoSuchThing: it is gone.
        DamagedBody: it is not what was stored.
    """
    found = read_messages(tx, [message_id]).get(message_id)
    if found is None:
        raise NoSuchThing(f"message {message_id}")
    return found.octets()


def read_blob(tx: Transaction, blob_id: int) -> bytes:
    """A body without any prefix, as the queue sends it. Raises as `read_octets` does."""
    row = tx.execute(BLOB, {"id": blob_id}).tuples()
    if not row:
        raise NoSuchThing(f"blob {blob_id}")
    found, digest, size, codec, place, data = row[0]
    return _stored((found, b"", digest, size, codec, place, data), tx.large).body()


def read_headers(tx: Transaction, message_ids: Sequence[int]) -> dict[int, bytes]:
    """Header blocks (prefix, header, empty line) by message id; no body is touched.

    Damaged ones are left out: their bodies will say so.
    """
    found = {}
    for message_id, prefix, frame in tx.execute(HEADERS, {"ids": tx.array(message_ids)}).tuples():
        try:
            found[message_id] = bytes(prefix) + expanded(bytes(frame))
        except DamagedBody:
            continue
    return found


def _stored(row: tuple[Any, ...], large: LargeFiles) -> StoredMessage:
    found, prefix, digest, size, codec, place, data = row
    prefix = bytes(prefix)
    return StoredMessage(
        found, prefix, len(prefix) + size, bytes(digest), size, codec, place, data, large
    )
