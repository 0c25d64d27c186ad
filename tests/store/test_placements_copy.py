"""COPY and MOVE: one message, several placements."""

import pytest

from mailsuite.errors import NoSuchTarget, OverQuota
from mailsuite.store.flags import FlagChange, Mode, read_keywords
from mailsuite.store.opening import Store
from mailsuite.store.placements import store_flags
from mailsuite.store.placements_copy import copy_messages, move_messages
from mailsuite.store.schema import expunged, message, placement
from tests.store.failing import fails_cleanly
from tests.store.letters import done, rows
from tests.store.mail import Mail, counted


@pytest.fixture
def mail(store: Store) -> Mail:
    made = Mail(store)
    made.put(3)
    return made


def test_a_copy_shares_the_message(mail: Mail) -> None:
    copied = done(mail.store.writer.run(copy_messages, mail.inbox, ((1, 1), (3, 9)), mail.archive))
    assert (list(copied.old), list(copied.new)) == ([1, 3], [1, 2])
    assert copied.uidvalidity == mail.row("Archive").uidvalidity
    assert [row.refs for row in rows(mail.store, message)] == [2, 1, 2]
    assert mail.usage().used_messages == 5
    assert counted(mail, "Archive") == (2, 2, 0)
    assert mail.row("Archive").uidnext == 3


def test_keywords_go_by_name(mail: Mail) -> None:
    for mailbox, name in ((mail.archive, "first"), (mail.inbox, "second")):
        change = FlagChange(Mode.ADD, (name, "\\Seen"))
        done(mail.store.writer.run(store_flags, mailbox, ((1, 9),), change))
    done(mail.store.writer.run(copy_messages, mail.inbox, ((1, 1),), mail.archive))
    keywords = done(mail.store.readers.run(read_keywords, mail.archive))
    assert keywords == {5: "first", 6: "second"}
    (copy,) = [row for row in rows(mail.store, placement) if row.mailbox_id == mail.archive]
    assert copy.flags == 1 | 1 << 6


def test_a_move_keeps_usage_and_pop3_ids(mail: Mail) -> None:
    before = {row.uidl for row in rows(mail.store, placement)}
    usage = mail.usage()
    moved = done(mail.store.writer.run(move_messages, mail.inbox, ((2, 3),), mail.archive))
    assert (list(moved.old), list(moved.new)) == ([2, 3], [1, 2])
    assert {row.uidl for row in rows(mail.store, placement)} == before
    assert mail.usage() == usage
    assert [row.refs for row in rows(mail.store, message)] == [1, 1, 1]
    assert [(row.uid_low, row.uid_high) for row in rows(mail.store, expunged)] == [(2, 3)]


def test_a_move_into_the_same_mailbox_gives_new_uids(mail: Mail) -> None:
    moved = done(mail.store.writer.run(move_messages, mail.inbox, ((1, 2),), mail.inbox))
    assert list(moved.new) == [4, 5]
    assert [row.uid for row in rows(mail.store, placement)] == [3, 4, 5]
    assert counted(mail) == (3, 3, 0)


def test_messages_that_are_gone_are_no_error(mail: Mail) -> None:
    moved = done(mail.store.writer.run(move_messages, mail.inbox, ((7, 9),), mail.archive))
    assert list(moved.old) == []


def test_a_target_that_is_gone(mail: Mail) -> None:
    with pytest.raises(NoSuchTarget):
        done(mail.store.writer.run(copy_messages, mail.inbox, ((1, 1),), 999))


def test_a_copy_over_quota_is_refused_whole(store: Store) -> None:
    mail = Mail(store, quota_messages=4)
    mail.put(3)
    with pytest.raises(OverQuota):
        done(store.writer.run(copy_messages, mail.inbox, ((1, 2),), mail.archive))
    assert mail.usage().used_messages == 3
    done(store.writer.run(move_messages, mail.inbox, ((1, 2),), mail.archive))


def test_failing_statements_leave_nothing(mail: Mail) -> None:
    copied = fails_cleanly(mail.store, copy_messages, mail.inbox, ((1, 2),), mail.archive)
    assert len(copied.new) == 2
    moved = fails_cleanly(mail.store, move_messages, mail.inbox, ((1, 2),), mail.archive)
    assert list(moved.new) == [3, 4]
