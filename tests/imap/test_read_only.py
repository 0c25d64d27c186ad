"""An app password for reading alone: everything is there, and nothing can be changed (A11)."""

import pytest
from attrs import evolve

from tests.imap.people import Imap, now

CHANGES = [
    b"CREATE new",
    b"DELETE Sent",
    b"RENAME Sent new",
    b"SUBSCRIBE INBOX",
    b"UNSUBSCRIBE INBOX",
    b"SETACL INBOX bob@example.test lr",
    b"DELETEACL INBOX bob@example.test",
    b'SETMETADATA INBOX (/private/comment "x")',
    b'SETMETADATA "" (/private/comment "x")',
    b"SETQUOTA ann@example.test (STORAGE 1)",
    b"APPEND INBOX {3+}\r\nabc",
    b"COPY 1 INBOX",
    b"MOVE 1 Sent",
    b"REPLACE 1 INBOX {3+}\r\nabc",
    b"STORE 1 +FLAGS (\\Deleted)",
    b"STORE 1 +FLAGS (\\Seen)",
    b"STORE 1 FLAGS ()",
    b"EXPUNGE",
    b"UID EXPUNGE 1",
]


@pytest.fixture
def reader(imap: Imap) -> Imap:
    """The nameless client reads only; ann's client `1` does as she likes."""
    imap.put()
    imap.signed_in("1", select="INBOX")
    accounts = imap.porter.accounts
    accounts["ann"] = evolve(accounts["ann"], read_only=True)
    imap.signed_in(select="INBOX")
    return imap


@pytest.mark.threat("A11")
@pytest.mark.parametrize("command", CHANGES)
def test_nothing_is_changed(reader: Imap, command: bytes) -> None:
    said = reader.say(b"a " + command + b"\r\n")
    assert said.splitlines()[-1].startswith(b"a NO "), said
    assert b"1 EXPUNGE" not in said
    row = now(reader.ann.status("INBOX"))
    assert (row.messages, row.unseen, row.deleted) == (1, 1, 0)


@pytest.mark.threat("A11")
def test_reading_leaves_no_trace(reader: Imap) -> None:
    assert b"OK [READ-ONLY]" in reader.say(b"a SELECT INBOX\r\n")
    assert b"Hi!" in reader.say(b"b FETCH 1 BODY[TEXT]\r\n")
    assert b"MYRIGHTS INBOX lr\r\n" in reader.say(b"c MYRIGHTS INBOX\r\n")
    reader.say(b"d STORE 1 +FLAGS (\\Deleted)\r\n", "1")
    assert b"d OK" in reader.say(b"d CLOSE\r\n")
    assert now(reader.ann.status("INBOX")).messages == 1


def test_the_owner_goes_on_as_ever(reader: Imap) -> None:
    assert b"a OK" in reader.say(b"a STORE 1 +FLAGS (\\Seen)\r\n", "1")
