"""Keys of messages: read for a mailbox, made where they are not there, and written down once."""

import pytest
from sqlalchemy import update

from mailsuite.message.ordering import VERSION, order_keys
from mailsuite.store import sorting
from mailsuite.store.flags import FlagChange, Mode
from mailsuite.store.opening import Store
from mailsuite.store.placements import store_flags
from mailsuite.store.placements_expunge import expunge_messages
from mailsuite.store.schema import blob_meta
from mailsuite.store.schema_ordering import sort_key
from mailsuite.store.sorting import OrderRows, keep_keys, make_some_keys, read_order
from mailsuite.store.transaction import Transaction
from mailsuite.store.upkeep import collect_blobs, forget_expunged
from tests.store.letters import done, rows
from tests.store.mail import Mail


@pytest.fixture
def mail(store: Store) -> Mail:
    made = Mail(store)
    made.put(6)
    made.put(2)  # the bodies of the first two, again
    return made


def read(mail: Mail, *names: str, after: int = 0) -> OrderRows:
    found: OrderRows = done(mail.store.readers.run(read_order, mail.inbox, names, after))
    return found


def keep(mail: Mail, found: OrderRows) -> None:
    done(mail.store.writer.run(keep_keys, mail.inbox, found.made))


def test_what_lies_in_the_placement_needs_no_keys(mail: Mail) -> None:
    found = read(mail, "size", "arrival", after=6)
    assert [row[:2] for row in found.rows] == [(7, 18), (8, 18)]
    assert (found.made, found.ended) == ([], True)


def test_keys_are_made_once_for_a_body_and_then_read(mail: Mail) -> None:
    """Eight messages with six bodies."""
    first = read(mail, "subject", "sent_at")
    assert len(first.made) == 6
    keep(mail, first)
    again = read(mail, "subject", "sent_at")
    assert again.made == []
    assert [tuple(row) for row in again.rows] == [tuple(row) for row in first.rows]
    assert [bytes(row[1]) for row in again.rows] == [b"0", b"1", b"2", b"3", b"4", b"5", b"0", b"1"]
    assert len(rows(mail.store, sort_key)) == 6


def test_keys_of_an_older_version_are_made_again(mail: Mail) -> None:
    keep(mail, read(mail, "subject"))

    def age(tx: Transaction) -> None:
        tx.execute(update(sort_key).values(version=VERSION - 1, subject=b"old"))

    done(mail.store.writer.run(age))
    found = read(mail, "subject")
    assert len(found.made) == 6
    assert [bytes(row[1]) for row in found.rows[:2]] == [b"0", b"1"]
    keep(mail, found)
    assert read(mail, "subject").made == []


def test_a_damaged_header_sorts_as_an_empty_one(mail: Mail) -> None:
    def damage(tx: Transaction) -> None:
        tx.execute(update(blob_meta).values(header=b"nonsense"))

    done(mail.store.writer.run(damage))
    found = read(mail, "subject", "own")
    assert [row[1:] for row in found.rows] == [(b"", 0)] * 8
    assert [keys for _, keys in found.made] == [order_keys(b"")] * 6


def test_pieces_end_where_keys_would_take_too_long(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each job makes a bounded number, and the next goes on behind it."""
    monkeypatch.setattr(sorting, "MADE", 4)
    first = read(mail, "subject")
    assert (len(first.rows), len(first.made), first.ended) == (4, 4, False)
    rest = read(mail, "subject", after=4)
    assert (len(rest.rows), rest.ended) == (4, True)


def test_keys_go_with_their_body_and_are_not_written_for_one_that_is_gone(mail: Mail) -> None:
    found = read(mail, "subject")
    keep(mail, found)
    deleted = FlagChange(Mode.ADD, ("\\Deleted",))
    done(mail.store.writer.run(store_flags, mail.inbox, ((3, 3),), deleted))
    done(mail.store.writer.run(expunge_messages, mail.inbox, ((3, 3),)))
    done(mail.store.writer.run(forget_expunged, 0))
    done(mail.store.writer.run(collect_blobs, 0))
    assert len(rows(mail.store, sort_key)) == 5
    keep(mail, found)
    assert len(rows(mail.store, sort_key)) == 5


def test_the_bookkeeping_makes_a_few_at_a_time_and_goes_on_where_it_was(mail: Mail) -> None:
    """Six bodies: two and what has keys already, two, two, none; then only new ones."""

    def go_on() -> tuple[int, int]:
        looked: int = done(mail.store.writer.run(make_some_keys, 2))
        return looked, len(rows(mail.store, sort_key))

    keep(mail, read(mail, "subject", after=6))  # those of the first two bodies
    assert [go_on(), go_on(), go_on()] == [(4, 4), (2, 6), (0, 6)]
    mail.put(7)
    assert [go_on(), go_on()] == [(1, 7), (0, 7)]
    assert read(mail, "subject").made == []
