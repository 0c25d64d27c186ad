"""UIDONLY (RFC 9586): UIDs alone, in both directions."""

from pathlib import Path

import pytest

from mailsuite.imap.door import ImapDoor
from mailsuite.store.opening import Store
from tests.imap.people import Imap


@pytest.fixture
def only(imap: Imap) -> Imap:
    """Three messages; the nameless client has no numbers, `1` has."""
    for _ in range(3):
        imap.put()
    imap.signed_in("1", select="INBOX")
    imap.signed_in()
    imap.dialogue("""
        C: e ENABLE UIDONLY
        S: * ENABLED UIDONLY
        S: e OK ...
        C: s SELECT INBOX
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ...
        S: * 3 EXISTS
        S: * 0 RECENT
        S: * OK [UIDVALIDITY ...
        S: * OK [UIDNEXT 4] ...
        S*: s OK [READ-WRITE] ...
    """)
    return imap


def test_only_who_asks_for_it_is_shown_it(store: Store, tmp_path: Path) -> None:
    imap = Imap(store, tmp_path)
    shared = imap.door.shared
    wanting = ImapDoor(
        shared.directory,
        shared.mailboxes_of,
        imap.limits,
        shared.runs,
        tmp_path,
        hostname="mail.example.test",
        asked_for=lambda account: {b"UIDONLY"} if account.name.startswith("bob") else (),
    )
    imap.make = wanting.session
    imap.signed_in("1", "ann")
    imap.signed_in("2", "bob")
    assert b"UIDONLY" not in imap.say(b"c CAPABILITY\r\n", "1")
    assert b" UIDONLY" in imap.say(b"c CAPABILITY\r\n", "2")
    assert imap.say(b"e ENABLE UIDONLY\r\n", "1").startswith(b"* ENABLED\r\n")
    assert imap.say(b"e ENABLE UIDONLY\r\n", "2").startswith(b"* ENABLED UIDONLY\r\n")


@pytest.mark.parametrize(
    "command",
    [
        "FETCH 1 FLAGS",
        "FETCH * FLAGS",
        "STORE 1 +FLAGS (x)",
        "SEARCH ALL",
        "SEARCH UID 1",
        "COPY 1 Archive",
        "MOVE 1:* Archive",
        "SORT (DATE) UTF-8 ALL",
        "THREAD REFERENCES UTF-8 ALL",
        "UID SEARCH 1:2",
        "UID SEARCH NOT (OR 1 SEEN)",
    ],
)
def test_a_message_number_is_bad(only: Imap, command: str) -> None:
    assert only.say(f"a {command}\r\n".encode()).startswith(b"a BAD [UIDREQUIRED]")


def test_messages_are_named_by_uid(only: Imap) -> None:
    only.say(b"x UID STORE 1 +FLAGS.SILENT (\\Deleted)\r\nx EXPUNGE\r\n", "1")
    only.dialogue(r"""
        C: a UID FETCH 2:3 (FLAGS RFC822.SIZE)
        S: * 2 UIDFETCH (FLAGS () RFC822.SIZE ...)
        S: * 3 UIDFETCH (FLAGS () RFC822.SIZE ...)
        S: * VANISHED 1
        S: a OK ...
        C: b UID FETCH 2 (UID FLAGS)
        S: * 2 UIDFETCH (UID 2 FLAGS ())
        S: b OK ...
        C: c UID FETCH 3 (BODY.PEEK[TEXT])
        S: * 3 UIDFETCH (BODY[TEXT] {5}
        S: Hi!
        S: )
        S: c OK ...
        C: d UID STORE 3 +FLAGS (\Seen)
        S: * 3 UIDFETCH (FLAGS (\Seen))
        S: d OK ...
        C: e UID SEARCH UID 1:3 SEEN
        S: * SEARCH 3
        S: e OK ...
        C: f UID SEARCH ALL
        S: * SEARCH 2 3
        S: f OK ...
    """)


def test_modseqs_come_in_uidfetch(only: Imap) -> None:
    only.say(b"x ENABLE CONDSTORE\r\n")
    only.say(b"x STORE 2 +FLAGS.SILENT (\\Seen)\r\n", "1")
    only.dialogue(r"""
        C: a NOOP
        S: * 2 UIDFETCH (FLAGS (\Seen) MODSEQ ($modseq))
        S: a OK ...
        C: b UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4)
        S: * 2 UIDFETCH (FLAGS (\Seen) MODSEQ ($modseq))
        S: b OK ...
    """)


def test_what_goes_is_told_by_uid_solicited_or_not(only: Imap) -> None:
    only.dialogue(r"""
        C: a UID STORE 1,3 +FLAGS.SILENT (\Deleted)
        S: a OK ...
        C: b EXPUNGE
        S: * VANISHED 1,3
        S: b OK ...
        C: c UID MOVE 2 Archive
        S: * OK [COPYUID $archive 2 1] ...
        S: * VANISHED 2
        S: c OK ...
    """)
    only.put()
    only.dialogue("""
        C: d NOOP
        S: * 1 EXISTS
        S: * 0 RECENT
        S: d OK ...
    """)


def test_match_data_of_qresync_is_bad(only: Imap) -> None:
    only.dialogue("""
        C: a ENABLE QRESYNC
        S: * OK [HIGHESTMODSEQ 4] ...
        S: * ENABLED QRESYNC
        S: a OK ...
        C: b SELECT INBOX (QRESYNC (1 1 1:3 (1 1)))
        S: b BAD [UIDREQUIRED] ...
        C: c NOOP
        S: c OK ...
    """)


def test_it_may_be_switched_on_in_a_mailbox(imap: Imap) -> None:
    imap.put()
    imap.signed_in(select="INBOX")
    imap.dialogue("""
        C: a ENABLE UIDONLY
        S: * ENABLED UIDONLY
        S: a OK ...
        C: b UID SEARCH 1
        S: b BAD [UIDREQUIRED] ...
        C: c UID FETCH 1 UID
        S: * 1 UIDFETCH (UID 1)
        S: c OK ...
    """)
