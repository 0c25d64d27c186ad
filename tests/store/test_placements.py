"""STORE over placements: flags, counters, modseqs, in one transaction."""

import pytest
from sqlalchemy import select

from mailsuite.errors import NoSuchMailbox, TooMany
from mailsuite.store.flags import FlagChange, Mode
from mailsuite.store.mailboxes import MailboxRow, find_mailbox
from mailsuite.store.opening import Store
from mailsuite.store.placements import Stored, spans_of, store_flags
from mailsuite.store.schema import placement
from tests.store.failing import fails_cleanly
from tests.store.letters import done
from tests.store.mail import Mail, counted


@pytest.fixture
def mail(store: Store) -> Mail:
    return Mail(store)


def change(mode: str, *names: str) -> FlagChange:
    return FlagChange(Mode(mode), names)


def flags(mail: Mail) -> list[int]:
    statement = select(placement.c.flags).order_by(placement.c.uid)
    return [
        word for (word,) in done(mail.store.readers.run(lambda tx: tx.execute(statement).tuples()))
    ]


def store_all(mail: Mail, to: FlagChange, *spans: tuple[int, int]) -> Stored:
    stored: Stored = done(mail.store.writer.run(store_flags, mail.inbox, spans or ((1, 99),), to))
    return stored


def test_all_messages_of_a_step_get_one_modseq(mail: Mail) -> None:
    mail.put(3)
    before = mail.row().modseq
    stored = store_all(mail, change("+FLAGS", "\\Seen", "$Work"))
    assert stored.modseq == before + 1
    assert [(uid, word) for uid, word, _ in stored.changed] == [(1, 33), (2, 33), (3, 33)]
    assert stored.keywords == {5: "$Work"}
    assert counted(mail) == (3, 0, 0)


def test_what_is_so_already_keeps_its_modseq(mail: Mail) -> None:
    mail.put(2)
    store_all(mail, change("+FLAGS", "\\Flagged"), (1, 1))
    before = mail.row().modseq
    stored = store_all(mail, change("+FLAGS", "\\FLAGGED"), (1, 1))
    assert (stored.changed, mail.row().modseq) == ([], before)
    stored = store_all(mail, change("+FLAGS", "\\Flagged"))
    assert [uid for uid, _, _ in stored.changed] == [2]


def test_replacing_takes_the_other_flags_away(mail: Mail) -> None:
    mail.put(1)
    store_all(mail, change("+FLAGS", "\\Seen", "\\Deleted"))
    assert counted(mail) == (1, 0, 1)
    store_all(mail, change("FLAGS", "\\Draft"))
    assert flags(mail) == [16]
    assert counted(mail) == (1, 1, 0)


def test_removing_an_unknown_keyword_makes_none(mail: Mail) -> None:
    mail.put(1)
    assert store_all(mail, change("-FLAGS", "never", "\\Seen")).keywords == {}


def test_messages_changed_since_are_left_alone(mail: Mail) -> None:
    mail.put(2)
    seen = mail.row().modseq
    store_all(mail, change("+FLAGS", "\\Seen"), (2, 2))
    stored = done(
        mail.store.writer.run(
            store_flags, mail.inbox, ((1, 2),), change("+FLAGS", "\\Flagged"), seen
        )
    )
    assert ([uid for uid, _, _ in stored.changed], stored.failed) == ([1], [2])
    assert flags(mail) == [4, 1]


def test_fifty_eight_keywords_and_no_more(mail: Mail) -> None:
    mail.put(1)
    store_all(mail, change("+FLAGS", *(f"k{n}" for n in range(58))))
    with pytest.raises(TooMany):
        store_all(mail, change("+FLAGS", "one-more"))
    assert store_all(mail, change("FLAGS", "K57")).changed[0][1] == 1 << 62


def test_a_mailbox_that_is_gone(mail: Mail) -> None:
    with pytest.raises(NoSuchMailbox):
        done(mail.store.writer.run(store_flags, 999, ((1, 1),), change("+FLAGS", "\\Seen")))


def test_a_failing_statement_leaves_nothing(mail: Mail) -> None:
    mail.put(3)
    to = change("+FLAGS", "\\Seen", "$New")
    stored = fails_cleanly(mail.store, store_flags, mail.inbox, ((1, 1), (3, 3)), to)
    assert [uid for uid, _, _ in stored.changed] == [1, 3]


def test_spans_join_neighbours() -> None:
    assert spans_of([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert spans_of([]) == []


def test_the_row_is_that_of_the_mailbox(mail: Mail) -> None:
    row = done(mail.store.readers.run(find_mailbox, mail.account, "INBOX"))
    assert isinstance(row, MailboxRow)
    assert row.id == mail.inbox
