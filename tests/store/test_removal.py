"""The mail of removed accounts goes, in steps, and nobody else's."""

import pytest

from mailsuite.message.addresses import Address
from mailsuite.store import removal
from mailsuite.store.accounts import NewAccount, add_account, retire_account
from mailsuite.store.blobs import read_octets
from mailsuite.store.delivery import deliver
from mailsuite.store.domains import add_domain
from mailsuite.store.mailboxes import find_mailbox
from mailsuite.store.opening import Store
from mailsuite.store.placements_expunge import expunge_messages
from mailsuite.store.removal import drop_some_mail, list_retired
from mailsuite.store.schema import (
    account,
    blob,
    expunged,
    mailbox,
    message,
    placement,
    subscription,
    undelete,
)
from tests.store.failing import fails_cleanly
from tests.store.letters import done, letter, rows

ANN, BOB = Address("ann", "ours.test"), Address("bob", "ours.test")


@pytest.fixture
def full(store: Store, monkeypatch: pytest.MonkeyPatch) -> tuple[Store, int, int]:
    """Ann has twelve letters, five of them expunged; Bob has one of the same."""
    done(store.writer.run(add_domain, "ours.test"))
    ann, bob = (done(store.writer.run(add_account, NewAccount(at, "x"))).id for at in (ANN, BOB))
    for n in range(11):
        done(store.writer.run(deliver, letter(store, f"Subject: {n}\r\n\r\n{n}\r\n", ann)))
    done(store.writer.run(deliver, letter(store, "Subject: both\r\n\r\nx\r\n", ann, bob)))
    inbox = done(store.readers.run(find_mailbox, ann, "INBOX")).id
    done(store.writer.run(expunge_messages, inbox, [(1, 5)], 0))
    return store, ann, bob


def drop(store: Store, number: int) -> int:
    steps = 1
    while done(store.writer.run(drop_some_mail, number)):
        steps += 1
    return steps


def test_everything_of_it_goes_and_nothing_of_others(full: tuple[Store, int, int]) -> None:
    store, ann, bob = full
    done(store.writer.run(retire_account, ANN))
    assert done(store.readers.run(list_retired)) == [ann]
    drop(store, ann)
    assert done(store.readers.run(list_retired)) == []
    for table in (mailbox, subscription, message):
        assert {row.account_id for row in rows(store, table)} == {bob}, table.name
    assert [row.id for row in rows(store, account)] == [bob]
    assert rows(store, undelete) == rows(store, expunged) == []
    kept = rows(store, placement)
    assert len(kept) == 1
    assert done(store.readers.run(read_octets, kept[0].message_id)).endswith(b"\r\n\r\nx\r\n")
    assert sorted(row.refs for row in rows(store, blob)) == [0] * 11 + [1]


def test_it_takes_bounded_steps_and_can_be_cut_anywhere(
    full: tuple[Store, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, ann, _ = full
    monkeypatch.setattr(removal, "PLACED", removal.PLACED.limit(3))
    done(store.writer.run(retire_account, ANN))
    left = 12
    while done(store.writer.run(drop_some_mail, ann)):
        now = len([row for row in rows(store, message) if row.account_id == ann])
        assert now >= left - 5, "three placements or the five that waited in undelete"
        left = now
        assert done(store.readers.run(list_retired)) == [ann]
    assert left == 0


def test_a_failing_statement_leaves_nothing(full: tuple[Store, int, int]) -> None:
    store, ann, _ = full
    done(store.writer.run(retire_account, ANN))
    more = True
    while more:
        more = fails_cleanly(store, drop_some_mail, ann)
