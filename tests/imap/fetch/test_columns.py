"""Answers by columns are those that are made message by message."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from mailsuite.imap.elements import read_sequence_set
from mailsuite.imap.fetch import answer, columns
from mailsuite.imap.fetch.asked import read_items
from mailsuite.imap.fetch.batch import gather
from mailsuite.imap.fetch.whole import plan_whole
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.session import ImapSession
from mailsuite.imap.view import SelectedView
from mailsuite.store.columns_read import read_columns
from mailsuite.store.schema import blob_meta
from mailsuite.store.transaction import Transaction
from tests.imap.people import Imap, now
from tests.message.corpus import messages

ITEMS = [
    b"UID", b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY", b"BODYSTRUCTURE",
    b"MODSEQ", b"SAVEDATE", b"PREVIEW", b"PREVIEW (LAZY)",
    b"BODY.PEEK[HEADER.FIELDS (From To Subject Date Message-ID References)]",
    b"BODY.PEEK[HEADER.FIELDS (x-priority DATE)]",
]  # fmt: skip
OTHERS = [
    b"BODY[]", b"BODY.PEEK[HEADER]", b"BODY.PEEK[HEADER.FIELDS (From Received)]",
    b"BODY.PEEK[HEADER.FIELDS.NOT (From)]", b"BODY.PEEK[HEADER.FIELDS (From)]<0.9>",
    b"BODY.PEEK[1.HEADER.FIELDS (From)]", b"RFC822.HEADER", b"BINARY.SIZE[1]",
]  # fmt: skip
WIDE = b"Subject: x\r\nTo: " + b"a@example.org, " * 1_000 + b"b@example.org\r\n\r\nwide\r\n"


@pytest.fixture
def inbox(imap: Imap) -> Imap:
    """Ann with INBOX open, of some real mail, and gaps where messages were expunged."""
    for number, (_, octets) in enumerate(messages()[:20]):
        imap.put("INBOX", octets.replace(b"\0", b""), *(["\\Deleted"] if number % 7 == 3 else []))
    imap.signed_in(select="INBOX")
    imap.say(b"x EXPUNGE\r\ny ENABLE CONDSTORE\r\n")
    return imap


def both(imap: Imap, items: bytes, numbers: bytes = b"1:*") -> tuple[bytes, bytes]:
    """What FETCH says, and what is made of the rows one by one."""
    said = imap.say(b"a UID FETCH %b (%b)\r\n" % (numbers, items))
    session = imap.client().talks
    assert isinstance(session, ImapSession)
    view = session.view
    assert isinstance(view, SelectedView)
    asked = read_items(Cursor([b"(%b)" % items]))
    asked.add(b"UID")
    batch = gather(view, view.numbers.resolve(read_sequence_set(Cursor([numbers])), by_uid=True))
    rows = now(
        imap.store.readers.run(
            lambda tx: answer.from_rows(
                tx,
                mailbox_id=view.mailbox.id,
                batch=batch,
                asked=asked,
                keywords=view.mailbox.keywords,
                bodies=view.mailbox.bodies,
            )
        )
    )
    return said.rpartition(b"a OK")[0], rows.octets


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(st.sampled_from(ITEMS), min_size=1, max_size=5, unique=True))
def test_columns_say_what_rows_say(inbox: Imap, items: list[bytes]) -> None:
    assert columns.plan(read_items(Cursor([b"(%b)" % b" ".join(items)])).items) is not None
    said, made = both(inbox, b" ".join(items))
    assert said == made
    said, made = both(inbox, b" ".join(items), b"2,9:11,15,18:20")
    assert said == made


@pytest.mark.parametrize("whole", [b"BODY.PEEK[]", b"RFC822.PEEK"])
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.sets(st.sampled_from(ITEMS)), behind=st.sets(st.sampled_from(ITEMS)))
def test_whole_messages_stand_among_columns(
    inbox: Imap, whole: bytes, before: set[bytes], behind: set[bytes]
) -> None:
    items = b" ".join([*sorted(before), whole, *sorted(behind - before)])
    assert plan_whole(read_items(Cursor([b"(%b)" % items]))) is not None
    for numbers in (b"1:*", b"2,9:11,15,18:20"):
        said, made = both(inbox, items, numbers)
        assert said == made


@pytest.mark.parametrize("item", OTHERS)
def test_other_items_are_looked_at_message_by_message(item: bytes) -> None:
    asked = read_items(Cursor([b"(UID %b)" % item]))
    assert columns.plan(asked.items) is None


def test_a_header_that_is_not_kept_is_asked_itself(inbox: Imap) -> None:
    inbox.put("INBOX", WIDE)
    inbox.say(b"n NOOP\r\n")
    said, made = both(inbox, b"BODY.PEEK[HEADER.FIELDS (To)]")
    assert said == made
    assert b"b@example.org" in said


def test_what_an_older_scanner_found_is_found_again(inbox: Imap) -> None:
    """Rows of version 1 of the schema have no such column."""

    def make_old(tx: Transaction) -> None:
        tx.execute(update(blob_meta).values(version=0, envelope=b"old", fields=b""))

    now(inbox.store.writer.run(make_old))
    said, made = both(inbox, b"ENVELOPE BODY.PEEK[HEADER.FIELDS (From Subject)]")
    assert said == made
    assert b"old" not in said


def test_what_was_sent_once_is_not_read_again(inbox: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what came since is read, and stands in its place among the others."""
    read: list[Sequence[int]] = []

    def counting(
        tx: Transaction, mailbox_id: int, uids: Sequence[int], names: tuple[str, ...]
    ) -> list[Sequence[Any]] | None:
        read.append(uids)
        return read_columns(tx, mailbox_id, uids, names)

    monkeypatch.setattr(columns, "read_columns", counting)
    items = b"BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (From Subject)]"
    said, made = both(inbox, items, b"1:10")
    assert said == made
    assert len(read) == 1
    said, made = both(inbox, items, b"2:9")
    assert said == made
    assert len(read) == 1
    said, made = both(inbox, items)
    assert said == made
    assert len(read) == 2
    assert min(read[1]) > 10
    said, made = both(inbox, b"BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (SUBJECT from)]")
    assert said == made
    assert len(read) == 2
