"""Mailboxes that get another name, and mailboxes that go."""

import pytest

from mailsuite.errors import HasChildren, MailboxExists, NoSuchMailbox, NotPermitted
from mailsuite.store.mailboxes import (
    create_mailbox,
    find_mailbox,
    list_mailboxes,
    read_usage,
)
from mailsuite.store.mailboxes_rename import delete_mailbox, rename_mailbox
from mailsuite.store.opening import Store
from mailsuite.store.placements_copy import copy_messages, move_messages
from mailsuite.store.schema import message, placement, undelete
from tests.store.failing import fails_cleanly
from tests.store.letters import add_account, done, rows
from tests.store.mail import Mail, counted


@pytest.fixture
def mail(store: Store) -> Mail:
    made = Mail(store)
    done(store.writer.run(create_mailbox, made.account, "a/b/c"))
    return made


def names(mail: Mail) -> list[str]:
    return [row.name for row in done(mail.store.readers.run(list_mailboxes, mail.account))]


def rename(mail: Mail, old: str, new: str) -> None:
    done(mail.store.writer.run(rename_mailbox, mail.account, old, new))


def test_what_stands_below_goes_along(mail: Mail) -> None:
    before = mail.row("a/b/c")
    rename(mail, "a", "x/y")
    assert names(mail) == ["Archive", "INBOX", "x", "x/y", "x/y/b", "x/y/b/c"]
    assert mail.row("x/y/b/c").id == before.id


def test_of_inbox_the_messages_move(mail: Mail) -> None:
    mail.put(2)
    rename(mail, "INBOX", "old/mail")
    assert counted(mail) == (0, 0, 0)
    assert counted(mail, "old/mail") == (2, 2, 0)
    assert mail.row().uidnext == 3


def test_names_that_are_taken_or_below_themselves(mail: Mail) -> None:
    with pytest.raises(MailboxExists):
        rename(mail, "a", "Archive")
    with pytest.raises(NotPermitted):
        rename(mail, "a", "a/z")
    with pytest.raises(NoSuchMailbox):
        rename(mail, "z", "y")


def test_deleted_messages_can_be_taken_back(mail: Mail) -> None:
    mail.put(2, "a/b")
    done(mail.store.writer.run(delete_mailbox, mail.account, "a/b"))
    assert names(mail) == ["Archive", "INBOX", "a", "a/b/c"]
    assert rows(mail.store, placement) == []
    assert [row.mailbox_name for row in rows(mail.store, undelete)] == ["a/b", "a/b"]
    assert [row.refs for row in rows(mail.store, message)] == [1, 1]
    assert (mail.usage().used_messages, mail.usage().used_octets) == (0, 0)


def test_what_cannot_be_deleted(mail: Mail) -> None:
    run = mail.store.writer.run
    with pytest.raises(NotPermitted):
        done(run(delete_mailbox, mail.account, "INBOX"))
    with pytest.raises(NoSuchMailbox):
        done(run(delete_mailbox, mail.account, "nothing"))
    done(run(delete_mailbox, mail.account, "a"))
    with pytest.raises(HasChildren):
        done(run(delete_mailbox, mail.account, "a"))


@pytest.mark.threat("I9")
def test_a_name_made_again_has_another_uidvalidity(mail: Mail) -> None:
    before = mail.row("a").uidvalidity
    done(mail.store.writer.run(delete_mailbox, mail.account, "a"))
    made = done(mail.store.writer.run(create_mailbox, mail.account, "a"))
    assert made.uidvalidity > before


def test_failing_statements_leave_nothing(mail: Mail) -> None:
    mail.put(2)
    fails_cleanly(mail.store, rename_mailbox, mail.account, "INBOX", "n/m")
    fails_cleanly(mail.store, rename_mailbox, mail.account, "a", "k/l")
    fails_cleanly(mail.store, delete_mailbox, mail.account, "n/m")
    assert names(mail) == ["Archive", "INBOX", "k", "k/l", "k/l/b", "k/l/b/c", "n"]


def test_a_name_that_goes_away_itself_is_free(mail: Mail) -> None:
    """What stands below takes the names of what stood above it, upper levels first."""
    done(mail.store.writer.run(create_mailbox, mail.account, "x/x/x/x"))
    done(mail.store.writer.run(delete_mailbox, mail.account, "x"))
    before = [mail.row(name).id for name in ("x/x", "x/x/x", "x/x/x/x")]
    rename(mail, "x/x", "x")
    assert [mail.row(name).id for name in ("x", "x/x", "x/x/x")] == before
    with pytest.raises(MailboxExists):
        rename(mail, "x/x", "x")


def test_names_that_only_begin_alike_stay(mail: Mail) -> None:
    """No wildcard, no collation: what stands below has the name and a delimiter before it."""
    for name in ("a_b/c", "a%/c", "ab", "A/x"):
        done(mail.store.writer.run(create_mailbox, mail.account, name))
    rename(mail, "a", "z")
    assert {"a_b/c", "a%/c", "ab", "A/x", "z/b/c"} <= set(names(mail))
    assert "a/b" not in names(mail)


def test_a_failing_statement_leaves_every_name(mail: Mail) -> None:
    fails_cleanly(mail.store, rename_mailbox, mail.account, "a", "new/place")
    assert "new/place/b/c" in names(mail)


def test_messages_that_move_to_another_account_count_there(mail: Mail) -> None:
    """Usage is the owner's, whoever moves them."""
    other = done(mail.store.writer.run(add_account, "bob@example.test"))
    target = done(mail.store.readers.run(find_mailbox, other, "INBOX")).id
    mail.put(3, flags=9)
    before = mail.usage().used_octets
    run = mail.store.writer.run
    done(run(move_messages, mail.inbox, [(1, 1)], target, ~8))
    done(run(copy_messages, mail.inbox, [(2, 2)], target, ~1))
    used = [done(mail.store.readers.run(read_usage, who)) for who in (mail.account, other)]
    assert [one.used_messages for one in used] == [2, 2]
    assert used[0].used_octets + used[1].used_octets == before * 4 // 3
    flags = [row.flags for row in rows(mail.store, placement) if row.mailbox_id == target]
    assert sorted(flags) == [1, 8]
