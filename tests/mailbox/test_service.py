"""The account's handle: names, APPEND, quota."""

import pytest

from mailsuite.errors import (
    BadMailboxName,
    MessageTooBig,
    NoSuchMailbox,
    NoSuchTarget,
    OverQuota,
)
from mailsuite.mailbox.service import Append, Quota
from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from tests.imap.people import now
from tests.mailbox.people import Account, Box


def test_names_are_made_found_and_removed(store: Store) -> None:
    box = Box(store)
    assert now(box.mine.create("inbox/a")).name == "INBOX/a"
    now(box.mine.subscribe("Inbox/a"))
    assert now(box.mine.subscriptions()) == {"INBOX/a"}
    now(box.mine.rename("INBOX/a", "b"))
    assert [row.name for row in now(box.mine.listing())] == ["Archive", "INBOX", "b"]
    now(box.mine.unsubscribe("INBOX/a"))
    now(box.mine.delete("b"))
    with pytest.raises(NoSuchMailbox):
        now(box.mine.status("b"))
    with pytest.raises(BadMailboxName):
        now(box.mine.create("a//b"))


def test_a_target_tells_whether_it_could_be_made(store: Store) -> None:
    box = Box(store)
    with pytest.raises(NoSuchTarget):
        now(box.mine.target("new"))
    with pytest.raises(NoSuchMailbox) as caught:
        now(box.mine.target("a//b"))
    assert not isinstance(caught.value, NoSuchTarget)


def test_append_is_all_or_nothing(store: Store) -> None:
    box = Box(store, Limits(message_octets=100), quota_octets=50)
    octets = b"Subject: x\r\n\r\n0123456789\r\n"
    with pytest.raises(OverQuota):
        now(box.mine.append("INBOX", [Append(octets), Append(octets)]))
    assert now(box.mine.status("INBOX")).messages == 0
    appended = now(box.mine.append("inbox", [Append(octets, ("\\seen", "$Work"), 5)]))
    assert appended.uids == (1,)
    assert box.open().flags_of(1) == 33
    assert now(box.mine.quota()) == Quota(len(octets), 50, 1, None)
    with pytest.raises(MessageTooBig):
        now(box.mine.append("INBOX", [Append(b"x" * 101)]))


@pytest.mark.threat("I11")
def test_an_account_sees_its_own_mailboxes_only(store: Store) -> None:
    box = Box(store)
    box.put()
    other = box.services.of(Account(box.mail.account + 1))
    with pytest.raises(NoSuchMailbox):
        now(other.open("INBOX"))
    assert now(other.listing()) == []
