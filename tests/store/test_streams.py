"""Large messages in pieces: the same octets, little memory, and damage told before the end."""

import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from mailsuite.errors import DamagedBody, NoSuchThing
from mailsuite.store.blobs import FILE, PLAIN, ROW, ZSTD
from mailsuite.store.delivery import deliver
from mailsuite.store.opening import Store
from mailsuite.store.schema import blob, blob_data, message
from mailsuite.store.streams import PIECE, BodyPieces, open_blob, open_body, read_piece
from mailsuite.store.transaction import Transaction
from tests.store.letters import add_account, done, letter, rows

NOISE = random.Random(2).randbytes(400_000)
PREFIX = b"Return-Path: <>\r\n"
BODIES = {
    (ROW, PLAIN): NOISE[:5_000],
    (ROW, ZSTD): b"Subject: x\r\n\r\n" + b"words again and again " * 50_000,
    (FILE, PLAIN): NOISE,
    (FILE, ZSTD): NOISE.hex().encode(),
}
KINDS = list(BODIES)


def stored(store: Store, octets: bytes) -> int:
    """A message of these octets in a mailbox; its id."""
    ann = done(store.writer.run(add_account, f"a{len(rows(store, message))}@example.test"))
    done(store.writer.run(deliver, letter(store, octets, ann, prefix=PREFIX)))
    return int(rows(store, message)[-1].id)


def opened(store: Store, number: int, start: int = 0) -> BodyPieces:
    pieces = done(store.readers.run(open_body, number, start))
    assert isinstance(pieces, BodyPieces)
    return pieces


def read(store: Store, pieces: BodyPieces, limit: int) -> list[bytes]:
    found = []
    while piece := done(store.readers.run(read_piece, pieces, limit)):
        found.append(piece)
    return found


def only_file(store: Store) -> Path:
    (path,) = [path for path, digest, _ in store.large.listing() if digest]
    return path


@pytest.fixture
def ids(store: Store) -> dict[tuple[int, int], int]:
    """One message of each kind, by place and codec."""
    return {kind: stored(store, octets) for kind, octets in BODIES.items()}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    limit=st.integers(1_000, 500_000),
    start=st.integers(0, 40) | st.integers(0, 900_000),
)
def test_pieces_are_the_message_from_any_octet_on(
    store: Store, ids: dict[tuple[int, int], int], kind: tuple[int, int], limit: int, start: int
) -> None:
    whole = PREFIX + BODIES[kind]
    pieces = opened(store, ids[kind], start)
    assert (pieces.size, pieces.left) == (len(whole), max(0, len(whole) - start))
    found = read(store, pieces, limit)
    assert b"".join(found) == whole[start:]
    assert all(len(piece) == limit for piece in found[:-1])
    assert pieces.left == 0
    assert pieces._source.closed


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_place_and_codec_is_there(
    store: Store, ids: dict[tuple[int, int], int], kind: tuple[int, int]
) -> None:
    found = {(row.place, row.codec): row.id for row in rows(store, blob)}
    pieces = done(store.readers.run(open_blob, found[kind], b"X: 1\r\n"))
    assert b"".join(read(store, pieces, 10_000)) == b"X: 1\r\n" + BODIES[kind]


@pytest.mark.parametrize("kind", [(FILE, PLAIN), (FILE, ZSTD)])
def test_a_file_that_is_swept_meanwhile_is_read_to_its_end(
    store: Store, kind: tuple[int, int]
) -> None:
    """Whoever fetches a message while another device expunges it gets all of it."""
    pieces = opened(store, stored(store, BODIES[kind]))
    first = done(store.readers.run(read_piece, pieces, 100))
    only_file(store).unlink()
    assert first + b"".join(read(store, pieces, 50_000)) == PREFIX + BODIES[kind]


@pytest.mark.parametrize("kind", [(FILE, PLAIN), (FILE, ZSTD)])
@pytest.mark.parametrize("at", [40, 200_000, -1])
def test_damage_is_told_before_the_last_octet(store: Store, kind: tuple[int, int], at: int) -> None:
    """A changed octet: nobody who counts octets takes what came for the whole."""
    pieces_of = stored(store, BODIES[kind])
    path = only_file(store)
    octets = bytearray(path.read_bytes())
    octets[at] ^= 0x10
    path.write_bytes(octets)
    pieces = opened(store, pieces_of)
    with pytest.raises(DamagedBody):
        read(store, pieces, 10_000)
    assert pieces.left
    assert pieces._source.closed
    assert done(store.readers.run(read_piece, pieces)) == b""


@pytest.mark.parametrize("octets", [b"", NOISE[:-1], NOISE + b"more"])
def test_a_file_of_another_length_is_told_at_once(store: Store, octets: bytes) -> None:
    number = stored(store, NOISE)
    only_file(store).write_bytes(octets)
    with pytest.raises(DamagedBody):
        opened(store, number)


def test_what_is_not_there_is_told_at_once(store: Store) -> None:
    number = stored(store, NOISE)
    only_file(store).unlink()
    with pytest.raises(DamagedBody):
        opened(store, number)
    with pytest.raises(NoSuchThing):
        opened(store, number + 1)
    with pytest.raises(NoSuchThing):
        done(store.readers.run(open_blob, number + 100))


def test_a_row_without_its_body_is_damage(store: Store) -> None:
    number = stored(store, BODIES[ROW, PLAIN])

    def lose(tx: Transaction) -> None:
        tx.execute(delete(blob_data))

    done(store.writer.run(lose))
    with pytest.raises(DamagedBody):
        opened(store, number)


def test_closed_in_the_middle_gives_the_file_back(store: Store) -> None:
    pieces = opened(store, stored(store, NOISE))
    assert pieces.next_piece(10) == PREFIX[:10]
    pieces.close()
    pieces.close()
    assert pieces._source.closed
    assert pieces.next_piece() == b""


def test_closed_while_a_piece_is_read_is_freed_by_the_reading_thread(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session ends on the reactor thread, which must not wait for the disk."""
    pieces = opened(store, stored(store, NOISE))
    read_of = pieces._read

    def interrupted(wanted: int) -> bytes:
        pieces.close()
        assert not pieces._source.closed
        return read_of(wanted)

    monkeypatch.setattr(pieces, "_read", interrupted)
    assert pieces.next_piece(100) == (PREFIX + NOISE)[:100]
    assert pieces._source.closed
    assert pieces.next_piece() == b""


def test_a_large_message_costs_a_few_pieces_of_memory(store: Store) -> None:
    """16 MiB that compress well, and 8 MiB that do not: never more than 2 MiB in hand."""
    numbers = [stored(store, NOISE.hex().encode() * 21), stored(store, NOISE * 21)]
    tracemalloc.start()
    try:
        for number in numbers:
            pieces = opened(store, number)
            tracemalloc.reset_peak()
            while done(store.readers.run(read_piece, pieces)):
                pass
            assert tracemalloc.get_traced_memory()[1] < 8 * PIECE
    finally:
        tracemalloc.stop()
