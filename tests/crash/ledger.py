"""What was acknowledged, compared with what a store holds after a crash."""

import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from attrs import define, field
from sqlalchemy import select

from mailsuite.store.blobs import read_messages
from mailsuite.store.delivery import deliver
from mailsuite.store.opening import Store, open_store
from mailsuite.store.schema import account, mailbox, placement
from mailsuite.store.transaction import Transaction
from tests.store.letters import done, letter

LARGE_EVERY = 4


def body(number: int) -> bytes:
    """The letter of this number: every fourth lies in a file."""
    noise = random.Random(number)
    size = 200_000 if number % LARGE_EVERY == 0 else 3_000
    return b"Subject: letter %d\r\n\r\n" % number + noise.randbytes(size)


def number_of(octets: bytes) -> int:
    """Which letter it is, every octet of it."""
    number = int(octets[len(b"Subject: letter ") :].split(b"\r\n", 1)[0])
    assert octets == body(number), f"letter {number} is not whole"
    return number


@define
class Told:
    """What the program said before it died."""

    opened: bool = False
    account_id: int | None = None
    tried: list[int] = field(factory=list)
    acknowledged: dict[int, tuple[int, int]] = field(factory=dict)
    refused: dict[int, str] = field(factory=dict)
    closed: bool = False


def read_words(words: str) -> Told:
    """What was said, line by line; a last line that is cut is not said."""
    told = Told()
    for line in words.split("\n")[:-1]:
        verb, *rest = line.split()
        if verb == "open":
            told.opened = True
        elif verb == "account":
            told.account_id = int(rest[0])
        elif verb == "try":
            told.tried.append(int(rest[0]))
        elif verb == "ok":
            told.acknowledged[int(rest[0])] = (int(rest[1]), int(rest[2]))
        elif verb == "refused":
            told.refused[int(rest[0])] = rest[1]
        elif verb == "closed":
            told.closed = True
    return told


def found_letters(store: Store) -> dict[int, tuple[int, int]]:
    """Every letter in the store, whole, with its UIDVALIDITY and UID; none is there twice."""

    def read(tx: Transaction) -> list[tuple[int, int, int]]:
        joined = placement.join(mailbox, mailbox.c.id == placement.c.mailbox_id)
        rows = select(placement.c.message_id, mailbox.c.uidvalidity, placement.c.uid)
        return tx.execute(rows.select_from(joined)).tuples()

    def bodies(tx: Transaction, numbers: list[int]) -> dict[int, bytes]:
        return {i: m.octets() for i, m in read_messages(tx, numbers).items()}

    placed = done(store.readers.run(read))
    octets = done(store.readers.run(bodies, [row[0] for row in placed]))
    assert len(octets) == len(placed), "a placement without its message"
    letters = [number_of(octets[row[0]]) for row in placed]
    doubled = [number for number, count in Counter(letters).items() if count > 1]
    assert not doubled, f"letters {doubled} are there twice"
    return dict(zip(letters, [(row[1], row[2]) for row in placed], strict=True))


def check_ledger(data_dir: Path, told: Told) -> None:
    """Nothing acknowledged is lost, nothing is there twice or in part, no UID is used again."""
    if (data_dir / "mailsuite.db").exists():
        with closing(sqlite3.connect(data_dir / "mailsuite.db")) as plain:
            assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    store = open_store(data_dir, reserve_octets=0, free_octets=0, synchronous=0)
    try:
        found = found_letters(store)
        for number, where in told.acknowledged.items():
            assert found.get(number) == where, f"letter {number} was acknowledged at {where}"
        # What was under way when it died may be there; what was refused before may not.
        under_way = set(told.tried[-1:])
        assert found.keys() <= told.acknowledged.keys() | under_way
        assert_counted(store, len(found))
        _next_uid_is_new(store, told, found)
    finally:
        store.close()


def assert_counted(store: Store, letters: int) -> None:
    """Counters equal a recount."""

    def read(tx: Transaction) -> list[tuple[int, ...]]:
        kept = select(mailbox.c.messages, account.c.used_messages).select_from(
            mailbox.join(account, account.c.id == mailbox.c.account_id)
        )
        return tx.execute(kept).tuples()

    for counters in done(store.readers.run(read)):
        assert counters == (letters, letters)


def _next_uid_is_new(store: Store, told: Told, found: dict[int, tuple[int, int]]) -> None:
    if told.account_id is None:
        return
    placed = done(store.writer.run(deliver, letter(store, body(9999), told.account_id))).placed[0]
    given = {*told.acknowledged.values(), *found.values()}
    assert (placed.uidvalidity, placed.uid) not in given
    assert placed.uid > max((uid for _, uid in given), default=0)
