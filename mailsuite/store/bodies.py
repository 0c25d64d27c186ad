"""The rows of bodies and their reference counts.

Who points at a body holds one reference of it: a `message` row, a `queue_message` row. Nothing is
deleted when the last one goes: `mailsuite.store.upkeep` collects what was unreferenced for an hour.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import define
from sqlalchemy import ColumnElement, bindparam, case, insert, select, update

from mailsuite.message.scan import VERSION, Structure
from mailsuite.store.blobs import Content
from mailsuite.store.schema import blob, blob_data, blob_meta
from mailsuite.store.transaction import Transaction

HASHES = (1, 4, 16, 64, 256)  # one statement text for each; a shorter list is filled up


def _blobs(count: int) -> Any:
    names: list[ColumnElement[bytes]] = [bindparam(f"h{n}") for n in range(count)]
    return select(blob.c.id, blob.c.hash, blob.c.codec, blob.c.place).where(blob.c.hash.in_(names))


BLOBS = {count: _blobs(count) for count in HASHES}

ADD_BLOB = insert(blob)
ADD_DATA = insert(blob_data)
ADD_META = insert(blob_meta)
REFER = (
    update(blob)
    .where(blob.c.id == bindparam("of"))
    .values(refs=blob.c.refs + bindparam("more"), unreferenced_since=0)
)
RELEASE = (
    update(blob)
    .where(blob.c.id == bindparam("of"))
    .values(
        refs=blob.c.refs - bindparam("fewer"),
        unreferenced_since=case(
            (blob.c.refs == bindparam("fewer"), bindparam("now")), else_=blob.c.unreferenced_since
        ),
    )
)


@define
class BlobState:
    """A blob while the group is planned."""

    id: int
    codec: int
    place: int
    content: Content | None  # None: its row is there already
    more: int = 0  # references added by this group


def find_blobs(tx: Transaction, hashes: Iterable[bytes]) -> dict[bytes, BlobState]:
    """Which of these bodies are there already, by SHA-256."""
    wanted, found = list(set(hashes)), {}
    while wanted:
        some, wanted = wanted[: HASHES[-1]], wanted[HASHES[-1] :]
        count = next(size for size in HASHES if size >= len(some))
        some += some[:1] * (count - len(some))
        bound = {f"h{n}": digest for n, digest in enumerate(some)}
        for number, digest, codec, place in tx.execute(BLOBS[count], bound).tuples():
            found[bytes(digest)] = BlobState(number, codec, place, None)
    return found


def release_blobs(tx: Transaction, blob_ids: Iterable[int]) -> None:
    """Give back one reference for each id (an id may come several times)."""
    fewer = Counter(blob_ids)
    now = tx.now
    tx.execute_many(RELEASE, [{"of": i, "fewer": n, "now": now} for i, n in sorted(fewer.items())])


def write_blobs(tx: Transaction, states: Sequence[BlobState]) -> None:
    """Write the rows of new bodies, and the new references of old ones."""
    new = [(state, state.content) for state in states if state.content is not None]
    tx.execute_many(ADD_BLOB, [_blob_row(state, content) for state, content in new])
    tx.execute_many(
        ADD_DATA,
        [{"id": s.id, "body": c.data} for s, c in new if c.data is not None],
    )
    tx.execute_many(ADD_META, [{"id": s.id, **meta_columns(c.structure, c.header)} for s, c in new])
    tx.execute_many(REFER, [{"of": s.id, "more": s.more} for s in states if s.content is None])


def _blob_row(state: BlobState, content: Content) -> dict[str, Any]:
    return {
        "id": state.id,
        "hash": content.hash,
        "size": content.size,
        "stored": content.stored,
        "codec": content.codec,
        "place": content.place,
        "refs": state.more,
        "unreferenced_since": 0,
    }


def meta_columns(found: Structure, header: bytes) -> dict[str, Any]:
    """What a scan found, as `blob_meta` holds it; the header is compressed already."""
    return {
        "version": VERSION,
        "envelope": found.envelope,
        "body": found.body,
        "bodystructure": found.bodystructure,
        "parts": found.parts,
        "header": header,
        "sent_at": found.sent_at,
        "subject": _text(found.subject),
        "message_id": _text(found.message_id),
        "preview": _text(found.preview),
        "fields": found.fields,
    }


def _text(words: str) -> str:
    """What both dialects can hold: no NUL (PostgreSQL), no half of a surrogate pair."""
    if words.isascii() and "\0" not in words:
        return words
    return (
        words.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
    )
