"""Message by message, as mbsync asks: the same answers, with fewer trips to the store."""

from collections.abc import Callable
from typing import Any

import pytest

from mailsuite.imap.fetch import one
from mailsuite.imap.fetch.whole import from_whole
from mailsuite.store.columns_read import whole_message
from mailsuite.store.schema import blob_data
from mailsuite.store.transaction import Transaction
from tests.imap.people import Imap, now

ITEMS = "(UID FLAGS INTERNALDATE ENVELOPE BODY.PEEK[HEADER.FIELDS (Subject)] BODY.PEEK[])"


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages each trip read."""
    counted: list[int] = []
    read: Callable[..., dict[int, Any]] = one.read_expanded

    def counting(tx: Transaction, mailbox_id: int, uids: list[int], needs: frozenset[str]) -> Any:
        counted.append(len(uids))
        return read(tx, mailbox_id, uids, needs)

    def whole(tx: Transaction, **known: Any) -> Any:
        counted.append(len(known["batch"].uids))
        return from_whole(tx, **known)

    monkeypatch.setattr(one, "read_expanded", counting)
    monkeypatch.setattr(one, "from_whole", whole)
    return counted


def filled(imap: Imap, count: int = 40) -> Imap:
    for number in range(count):
        imap.put("INBOX", b"Subject: number %d\r\n\r\nbody\r\n" % number)
    imap.signed_in(select="INBOX")
    return imap


def single(number: int) -> bytes:
    return f"a UID FETCH {number} {ITEMS}\r\n".encode()


DONE = b"a OK FETCH completed\r\n"


def test_one_by_one_is_the_same_as_all_at_once(imap: Imap, trips: list[int]) -> None:
    filled(imap)
    whole = imap.say(f"a UID FETCH 1:* {ITEMS}\r\n".encode()).removesuffix(DONE)
    pieces = [imap.say(single(uid)).removesuffix(DONE) for uid in range(1, 41)]
    assert b"".join(pieces) == whole
    assert len(trips) < 10
    trips.clear()
    piped = imap.say(b"".join(map(single, range(1, 41))))
    assert piped.replace(DONE, b"") == whole
    assert len(trips) < 10


def test_what_is_expunged_meanwhile_is_not_shown(imap: Imap, trips: list[int]) -> None:
    filled(imap, 10)
    imap.signed_in("1", select="INBOX")
    for uid in (1, 2, 3):
        imap.say(single(uid))
    before = len(trips)
    imap.say(b"x STORE 4 +FLAGS.SILENT (\\Deleted)\r\ny EXPUNGE\r\n", "1")
    said = imap.say(b"a FETCH 4 BODY.PEEK[]\r\n" + single(4) + single(5))
    assert b"number 3" not in said
    assert said.count(b"* 4 EXPUNGE\r\n") == 1
    assert b"* 4 FETCH (UID 5 FLAGS ()" in said
    assert before <= len(trips)


def test_flags_are_those_of_now(imap: Imap, trips: list[int]) -> None:
    filled(imap, 10)
    imap.signed_in("1", select="INBOX")
    for uid in (1, 2, 3):
        imap.say(single(uid))
    trips.clear()
    imap.say(b"x STORE 4 +FLAGS.SILENT (\\Flagged)\r\n", "1")
    assert b"* 4 FETCH (UID 4 FLAGS (\\Flagged) " in imap.say(single(4))
    assert trips == []


def test_a_damaged_message_fails_alone(imap: Imap) -> None:
    filled(imap, 6)

    def damage(tx: Transaction) -> None:
        tx.execute(blob_data.update().where(blob_data.c.id == 4).values(body=b"rubbish"))

    now(imap.store.writer.run(damage))
    said = [imap.say(single(uid)) for uid in range(1, 7)]
    assert [b"[CORRUPTION]" in line for line in said] == [uid == 4 for uid in range(1, 7)]


def test_one_who_jumps_about_reads_nothing_for_nothing(imap: Imap, trips: list[int]) -> None:
    filled(imap)
    for uid in (1, 20, 3, 38, 11):
        imap.say(single(uid))
    assert trips == [1] * 5


def test_what_one_device_has_read_the_next_one_gets_from_memory(
    imap: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for all devices; flags are those of now, and what is gone is not shown."""
    filled(imap)
    imap.signed_in("1", select="INBOX")
    reads: list[int] = []

    def counting(tx: Transaction, mailbox_id: int, uid: int) -> Any:
        reads.append(uid)
        return whole_message(tx, mailbox_id, uid)

    monkeypatch.setattr(one, "whole_message", counting)
    asked = b"a UID FETCH 20 (UID FLAGS BODY.PEEK[])\r\n"
    said = imap.say(asked)
    assert b"number 19" in said
    assert imap.say(asked) == said
    assert imap.say(asked, "1") == said
    imap.say(b"x UID STORE 20 +FLAGS.SILENT (\\Flagged \\Deleted)\r\n", "1")
    assert b"FLAGS (\\Flagged \\Deleted) BODY[]" in imap.say(asked)
    assert reads == [20]
    imap.say(b"y UID EXPUNGE 20\r\n", "1")
    assert b"number 19" not in imap.say(asked)


def test_a_damaged_message_is_not_kept(imap: Imap) -> None:
    filled(imap, 3)

    def damage(tx: Transaction) -> None:
        tx.execute(blob_data.update().where(blob_data.c.id == 2).values(body=b"rubbish"))

    now(imap.store.writer.run(damage))
    for _ in range(2):
        assert b"NO [CORRUPTION]" in imap.say(b"a UID FETCH 2 BODY.PEEK[]\r\n")
    assert b"number 2" in imap.say(b"a UID FETCH 3 BODY.PEEK[]\r\n")
