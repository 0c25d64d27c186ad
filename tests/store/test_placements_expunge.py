"""Expunge: what goes, what is remembered, and what can be taken back."""

import pytest

from mailsuite.store.flags import FlagChange, Mode
from mailsuite.store.opening import Store
from mailsuite.store.placements import store_flags
from mailsuite.store.placements_expunge import expunge_messages
from mailsuite.store.schema import expunged, message, placement, undelete
from tests.store.failing import fails_cleanly
from tests.store.letters import done, rows
from tests.store.mail import Mail, counted

DELETED = FlagChange(Mode.ADD, ("\\Deleted",))


@pytest.fixture
def mail(store: Store) -> Mail:
    made = Mail(store)
    made.put(5)
    done(store.writer.run(store_flags, made.inbox, ((2, 3), (5, 5)), DELETED))
    return made


def test_only_marked_messages_go_and_their_uids_are_remembered_as_ranges(mail: Mail) -> None:
    gone = done(mail.store.writer.run(expunge_messages, mail.inbox, ((1, 9),)))
    assert gone.uids == [2, 3, 5]
    assert [row.uid for row in rows(mail.store, placement)] == [1, 4]
    assert [(row.modseq, row.uid_low, row.uid_high) for row in rows(mail.store, expunged)] == [
        (gone.modseq, 2, 3),
        (gone.modseq, 5, 5),
    ]
    assert counted(mail) == (2, 2, 0)


def test_messages_wait_in_undelete_with_their_references(mail: Mail) -> None:
    before = mail.usage()
    done(mail.store.writer.run(expunge_messages, mail.inbox, ((2, 2),)))
    (kept,) = rows(mail.store, undelete)
    assert (kept.account_id, kept.mailbox_name, kept.flags) == (mail.account, "INBOX", 8)
    assert all(row.refs == 1 for row in rows(mail.store, message))
    after = mail.usage()
    assert after.used_messages == before.used_messages - 1
    assert after.used_octets == before.used_octets - kept.size


def test_nothing_to_expunge_changes_nothing(mail: Mail) -> None:
    before = mail.row()
    assert done(mail.store.writer.run(expunge_messages, mail.inbox, ((1, 1),))).uids == []
    assert mail.row() == before


def test_a_failing_statement_leaves_nothing(mail: Mail) -> None:
    gone = fails_cleanly(mail.store, expunge_messages, mail.inbox, ((1, 2), (3, 9)))
    assert gone.uids == [2, 3, 5]


@pytest.mark.threat("I9")
def test_uids_are_never_given_out_again(mail: Mail) -> None:
    done(mail.store.writer.run(expunge_messages, mail.inbox, ((5, 5),)))
    mail.put(1)
    assert [row.uid for row in rows(mail.store, placement)] == [1, 2, 3, 4, 6]
