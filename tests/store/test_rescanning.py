"""What an older scanner found is found again: for who reads it, and at leisure for good."""

from typing import Any

import pytest
from sqlalchemy import update

from mailsuite.message.scan import VERSION
from mailsuite.store import rescanning
from mailsuite.store.blobs import compressed, expanded
from mailsuite.store.opening import Store
from mailsuite.store.placements_read import read_rows
from mailsuite.store.rescanning import AT_ONCE, renew_meta
from mailsuite.store.schema import blob_data, blob_meta
from mailsuite.store.transaction import Transaction
from tests.store.failing import fails_cleanly
from tests.store.letters import done, rows
from tests.store.mail import Mail

WANTED = ("envelope", "header", "bodystructure", "parts")


@pytest.fixture
def mail(store: Store) -> Mail:
    made = Mail(store)
    made.put(3)
    return made


def meta(mail: Mail) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows(mail.store, blob_meta)]


def read(mail: Mail) -> list[tuple[bytes, ...]]:
    found = done(mail.store.readers.run(read_rows, mail.inbox, [1, 2, 3], WANTED))
    return [(row.envelope, row.header, row.bodystructure, row.parts) for row in found.values()]


def age(mail: Mail, *ids: int) -> None:
    """Make rows as an older and worse scanner would have."""

    def older(tx: Transaction) -> None:
        old = {"version": 0, "envelope": b"old", "parts": b"", "header": compressed(b"old\r\n\r\n")}
        for number in ids:
            tx.execute(update(blob_meta).where(blob_meta.c.id == number).values(**old), {})

    done(mail.store.writer.run(older))


def test_who_reads_an_older_row_gets_what_is_found_today(mail: Mail) -> None:
    before = read(mail)
    age(mail, 1, 3)
    assert read(mail) == before


def test_older_rows_are_written_anew(mail: Mail) -> None:
    before = meta(mail)
    age(mail, 1, 3)
    assert meta(mail) != before
    assert done(mail.store.writer.run(renew_meta, AT_ONCE)) == 3
    assert meta(mail) == before
    assert done(mail.store.writer.run(renew_meta, AT_ONCE)) == 0


def test_few_are_scanned_at_once(mail: Mail) -> None:
    before = meta(mail)
    age(mail, 1, 2, 3)
    looked = [done(mail.store.writer.run(renew_meta, 1)) for _ in range(4)]
    assert looked == [1, 1, 1, 0]
    assert meta(mail) == before


def test_a_newer_scanner_begins_from_the_first(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    while done(mail.store.writer.run(renew_meta, AT_ONCE)):
        pass
    monkeypatch.setattr(rescanning, "VERSION", VERSION + 1)
    assert done(mail.store.writer.run(renew_meta, AT_ONCE)) == 3


def test_a_damaged_body_keeps_what_was_found_before(mail: Mail) -> None:
    age(mail, 2)

    def damage(tx: Transaction) -> None:
        tx.execute(update(blob_data).where(blob_data.c.id == 2).values(body=b"rubbish"), {})

    done(mail.store.writer.run(damage))
    assert read(mail)[1][0] == b"old"
    assert done(mail.store.writer.run(renew_meta, AT_ONCE)) == 3
    (row,) = [row for row in rows(mail.store, blob_meta) if row.id == 2]
    assert expanded(bytes(row.header)) == b"old\r\n\r\n"


def test_it_fails_as_if_it_had_not_been_tried(mail: Mail) -> None:
    age(mail, 1, 3)
    fails_cleanly(mail.store, renew_meta, AT_ONCE)
