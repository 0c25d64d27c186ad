"""Bodies: what goes in comes out, or says that it is damaged, alone."""

import mmap
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, update

from mailsuite.errors import DamagedBody, NoSuchThing, StoreFull, Unavailable
from mailsuite.message.scan import scan
from mailsuite.store.blobs import (
    FILE,
    PLAIN,
    ROW,
    ROW_OCTETS,
    ZSTD,
    compressed,
    expanded,
    prepare,
    read_blob,
    read_headers,
    read_messages,
    read_octets,
)
from mailsuite.store.delivery import deliver
from mailsuite.store.files import LargeFiles
from mailsuite.store.opening import Store
from mailsuite.store.schema import blob, blob_data, message
from mailsuite.store.transaction import Transaction
from tests.store.letters import add_account, done, letter, rows

NOISE = random.Random(1).randbytes(3 * 1024 * 1024)
WORDS = b"Subject: x\r\n\r\n" + b"Some words that come again and again. " * 40_000
SET_BODY = update(blob_data).where(blob_data.c.id == bindparam("of")).values(body=bindparam("new"))


@pytest.fixture
def ann(store: Store) -> int:
    return int(done(store.writer.run(add_account, "ann@example.test")))


@pytest.mark.parametrize(
    ("octets", "place", "codec"),
    [
        (b"", ROW, PLAIN),
        (b"tiny", ROW, PLAIN),
        (WORDS[:20_000], ROW, ZSTD),
        (NOISE[:20_000], ROW, PLAIN),
        (NOISE[:ROW_OCTETS], ROW, PLAIN),
        (NOISE[: ROW_OCTETS + 1], FILE, PLAIN),
        (NOISE[:100_000].hex().encode() * 2, ROW, ZSTD),
        (NOISE[:400_000].hex().encode(), FILE, ZSTD),
        (WORDS, ROW, ZSTD),
        (NOISE, FILE, PLAIN),
        (NOISE.hex().encode(), FILE, ZSTD),
    ],
)
def test_what_goes_in_comes_out(
    store: Store, ann: int, octets: bytes, place: int, codec: int
) -> None:
    """Small bodies in rows, large ones in files, compressed where that gains a tenth."""
    done(store.writer.run(deliver, letter(store, octets, ann, prefix=b"X: 1\r\n")))
    (row,) = rows(store, blob)
    assert (row.place, row.codec, row.size) == (place, codec, len(octets))
    number = rows(store, message)[0].id
    assert done(store.readers.run(read_octets, number)) == b"X: 1\r\n" + octets
    assert done(store.readers.run(read_blob, row.id)) == octets
    files = [path for path, digest, _ in store.large.listing() if digest]
    assert len(files) == (place == FILE)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    assert not list(store.data_dir.glob("blobs/tmp/*"))


def test_an_mmap_is_read_in_pieces(store: Store, tmp_path: Path) -> None:
    """A spooled message is prepared from its file and gives the same content."""
    path = tmp_path / "spool"
    path.write_bytes(NOISE)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        mapped = prepare(view, scan(b""), store.large)
    assert mapped == prepare(NOISE, scan(b""), store.large)


@given(octets=st.binary(max_size=2000))
@settings(max_examples=50)
def test_frames_round_trip(octets: bytes) -> None:
    assert expanded(compressed(octets)) == octets


@pytest.mark.threat("K7")
def test_a_damaged_body_fails_alone(store: Store, ann: int) -> None:
    """Whichever octet of a stored body is flipped, it is noticed, and its neighbour is read."""
    for octets in (WORDS[:3000], NOISE[:300], b"well"):
        done(store.writer.run(deliver, letter(store, octets, ann)))
    bodies = {row.id: row.body for row in rows(store, blob_data)}
    frame, plain, well = sorted(bodies)
    order = {row.blob_id: row.id for row in rows(store, message)}

    def put(tx: Transaction, number: int, body: bytes) -> None:
        tx.execute(SET_BODY, {"of": number, "new": body})

    flipping = random.Random(2)
    for number in (frame, plain):
        body = bodies[number]
        for at in flipping.sample(range(len(body)), 40):
            wrong = bytearray(body)
            wrong[at] ^= 1 << flipping.randrange(8)
            done(store.writer.run(put, number, bytes(wrong)))
            found = done(store.readers.run(read_messages, [order[number], order[well]]))
            with pytest.raises(DamagedBody):
                found[order[number]].octets()
            assert found[order[well]].octets() == b"well"
        done(store.writer.run(put, number, body[:-1]))
        with pytest.raises(DamagedBody):
            done(store.readers.run(read_octets, order[number]))


@pytest.mark.threat("K7")
@pytest.mark.parametrize("octets", [NOISE, NOISE.hex().encode()])
def test_a_damaged_file_fails_alone(store: Store, ann: int, octets: bytes) -> None:
    """A flipped, shortened or missing file is one message's misfortune; new copies heal it."""
    done(store.writer.run(deliver, letter(store, octets, ann)))
    (path,) = [path for path, digest, _ in store.large.listing() if digest]
    number = rows(store, message)[0].id
    whole = path.read_bytes()
    middle = len(whole) // 2
    for wrong in (whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :], whole[:-1]):
        path.write_bytes(wrong)
        with pytest.raises(DamagedBody):
            done(store.readers.run(read_octets, number))
    path.unlink()
    with pytest.raises(DamagedBody):
        done(store.readers.run(read_octets, number))
    done(store.writer.run(deliver, letter(store, octets, ann)))
    assert done(store.readers.run(read_octets, number)) == octets


def test_a_message_that_is_gone(store: Store) -> None:
    with pytest.raises(NoSuchThing):
        done(store.readers.run(read_octets, 1))
    with pytest.raises(NoSuchThing):
        done(store.readers.run(read_blob, 1))
    assert done(store.readers.run(read_messages, [1, 2])) == {}


def test_headers_are_read_without_the_body(store: Store, ann: int) -> None:
    done(store.writer.run(deliver, letter(store, b"Subject: x\r\n\r\nHi", ann, prefix=b"X: 1\r\n")))
    number = rows(store, message)[0].id
    read = done(store.readers.run(read_headers, [number, 99]))
    assert read == {number: b"X: 1\r\nSubject: x\r\n\r\n"}


@pytest.mark.threat("K6")
@pytest.mark.parametrize(("number", "error"), [(28, StoreFull), (122, StoreFull), (5, Unavailable)])
@pytest.mark.parametrize("call", ["fsync", "rename", "open"])
def test_a_file_that_cannot_be_written_is_told_and_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, error: type[Exception]
) -> None:
    """ENOSPC, EDQUOT, EIO at each step: the peer may try again, nothing stays behind."""

    def fails(*_: object, **__: object) -> None:
        raise OSError(number, "injected")

    large = LargeFiles(tmp_path)
    monkeypatch.setattr(Path if call == "rename" else os, call, fails)
    with pytest.raises(error):
        prepare(NOISE, scan(b""), large)
    monkeypatch.undo()
    assert [path for path, *_ in large.listing()] == []
