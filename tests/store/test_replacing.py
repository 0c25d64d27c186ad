"""REPLACE in the store: both or neither, whichever write fails."""

import pytest

from mailsuite.errors import NoSuchThing, OverQuota
from mailsuite.message.addresses import Address
from mailsuite.message.scan import scan
from mailsuite.store.accounts import NewAccount, add_account
from mailsuite.store.blobs import prepare
from mailsuite.store.delivery import Append, append
from mailsuite.store.domains import add_domain
from mailsuite.store.mailboxes import find_mailbox
from mailsuite.store.opening import Store
from mailsuite.store.replacing import replace_message
from tests.imap.people import now


def item(store: Store, octets: bytes) -> Append:
    return Append(prepare(octets, scan(octets), store.large))


@pytest.fixture
def mailbox(store: Store) -> int:
    """The id of a mailbox with one message of ten octets, in an account that may hold twelve."""
    now(store.writer.run(add_domain, "example.test"))
    new = NewAccount(Address("ann", "example.test"), "", quota_octets=12)
    person = now(store.writer.run(add_account, new))
    row = now(store.readers.run(find_mailbox, person.id, "INBOX"))
    now(store.writer.run(append, row.id, [item(store, b"a: b\r\n\r\nab")]))
    return row.id


def test_one_goes_and_one_comes(store: Store, mailbox: int) -> None:
    replaced = now(
        store.writer.run(replace_message, mailbox, 1, mailbox, item(store, b"a: b\r\n\r\nabcd"))
    )
    assert replaced.uids == (2,)
    with pytest.raises(NoSuchThing):
        now(store.writer.run(replace_message, mailbox, 1, mailbox, item(store, b"x")))


def test_what_does_not_fit_leaves_the_old_one(store: Store, mailbox: int) -> None:
    with pytest.raises(OverQuota):
        now(store.writer.run(replace_message, mailbox, 1, mailbox, item(store, b"a" * 13)))
    replaced = now(store.writer.run(replace_message, mailbox, 1, mailbox, item(store, b"x")))
    assert replaced.uids == (2,), "the UID of what was refused was given back"
