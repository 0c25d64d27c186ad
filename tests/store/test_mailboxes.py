"""Mailboxes: made, listed, subscribed."""

import pytest

from mailsuite.errors import MailboxExists, TooMany
from mailsuite.store.mailboxes import (
    create_default_mailboxes,
    create_mailbox,
    list_mailboxes,
    list_subscriptions,
    subscribe_mailbox,
    unsubscribe_mailbox,
)
from mailsuite.store.opening import Store
from tests.store.failing import fails_cleanly
from tests.store.letters import done
from tests.store.mail import Mail


@pytest.fixture
def mail(store: Store) -> Mail:
    return Mail(store)


def names(mail: Mail) -> list[str]:
    return [row.name for row in done(mail.store.readers.run(list_mailboxes, mail.account))]


def test_a_new_account_has_its_six_mailboxes_subscribed(store: Store) -> None:
    done(store.writer.run(create_default_mailboxes, 77))
    found = done(store.readers.run(list_mailboxes, 77))
    assert [(row.name, row.special_use) for row in found] == [
        ("Archive", "\\Archive"),
        ("Drafts", "\\Drafts"),
        ("INBOX", ""),
        ("Junk", "\\Junk"),
        ("Sent", "\\Sent"),
        ("Trash", "\\Trash"),
    ]
    assert all(row.subscribed for row in found)
    assert len({row.uidvalidity for row in found}) == 6


def test_superiors_are_made_too(mail: Mail) -> None:
    done(mail.store.writer.run(create_mailbox, mail.account, "a/b/c"))
    assert names(mail) == ["Archive", "INBOX", "a", "a/b", "a/b/c"]
    with pytest.raises(MailboxExists):
        done(mail.store.writer.run(create_mailbox, mail.account, "a/b"))


def test_a_use_belongs_to_one_mailbox(mail: Mail) -> None:
    for name in ("One", "Two"):
        done(mail.store.writer.run(create_mailbox, mail.account, name, "\\Sent"))
    assert (mail.row("One").special_use, mail.row("Two").special_use) == ("", "\\Sent")


@pytest.mark.threat("I4")
def test_an_account_has_only_so_many(mail: Mail) -> None:
    with pytest.raises(TooMany):
        done(mail.store.writer.run(create_mailbox, mail.account, "x/y", "", 3))
    done(mail.store.writer.run(create_mailbox, mail.account, "x", "", 3))


def test_subscriptions_outlive_their_mailbox(mail: Mail) -> None:
    run = mail.store.writer.run
    done(run(subscribe_mailbox, mail.account, "Archive"))
    done(run(subscribe_mailbox, mail.account, "Archive"))
    assert done(mail.store.readers.run(list_subscriptions, mail.account)) == ["Archive"]
    assert mail.row("Archive").subscribed
    done(run(unsubscribe_mailbox, mail.account, "Archive"))
    done(run(unsubscribe_mailbox, mail.account, "Archive"))
    assert done(mail.store.readers.run(list_subscriptions, mail.account)) == []


@pytest.mark.threat("I14")
def test_subscriptions_are_counted(mail: Mail) -> None:
    with pytest.raises(TooMany):
        done(mail.store.writer.run(subscribe_mailbox, mail.account, "Archive", 0))


def test_a_failing_statement_leaves_nothing(mail: Mail) -> None:
    fails_cleanly(mail.store, create_mailbox, mail.account, "p/q", "\\Junk")
    assert names(mail) == ["Archive", "INBOX", "p", "p/q"]
