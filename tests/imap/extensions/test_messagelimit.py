"""MESSAGELIMIT: the newest messages, and down to which UID; the examples of RFC 9738, in small."""

from pathlib import Path

import pytest

from mailsuite.mailbox.service import Append
from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from tests.imap.people import LETTER, Imap, now

LIMIT = 3


@pytest.fixture
def mail(store: Store, tmp_path: Path) -> Imap:
    """UIDs 11 to 18, and three messages at once are the most."""
    imap = Imap(store, tmp_path, Limits(imap_message_limit=LIMIT))
    now(imap.ann.append("INBOX", [Append(LETTER)] * 18))
    imap.signed_in(select="INBOX")
    said = imap.say(
        b"a UID STORE 8:10 +FLAGS (\\Deleted)\r\na UID STORE 5:7 +FLAGS (\\Deleted)\r\n"
        b"a UID STORE 2:4 +FLAGS (\\Deleted)\r\na UID STORE 1 +FLAGS (\\Deleted)\r\nx EXPUNGE\r\n"
    )
    assert said.count(b" EXPUNGE\r\n") == 10  # EXPUNGE itself has no limit
    return imap


def test_it_is_told_where_it_is_set(mail: Imap) -> None:
    assert b" MESSAGELIMIT=3 " in mail.say(b"a CAPABILITY\r\n")


def test_nothing_is_told_where_nothing_is_limited(imap: Imap) -> None:
    imap.signed_in()
    assert b"LIMIT=" not in imap.say(b"a CAPABILITY\r\n").replace(b"APPENDLIMIT=", b"")


def test_fetch(mail: Imap) -> None:
    """RFC 9738 §3.1, example 03: from the highest down."""
    mail.dialogue(r"""
        C: 03 FETCH 2:7 (UID FLAGS)
        S: * 7 FETCH (UID 17 FLAGS ())
        S: * 6 FETCH (UID 16 FLAGS ())
        S: * 5 FETCH (UID 15 FLAGS ())
        S: 03 OK [MESSAGELIMIT 3 15] ...
        C: 10 UID FETCH 11:18 (UID)
        S: * 8 FETCH (UID 18)
        S: * 7 FETCH (UID 17)
        S: * 6 FETCH (UID 16)
        S: 10 OK [MESSAGELIMIT 3 16] ...
        C: a UID FETCH 11:13 (UID)
        S: * 1 FETCH (UID 11)
        S: * 2 FETCH (UID 12)
        S: * 3 FETCH (UID 13)
        S: a OK FETCH completed
    """)


def test_search(mail: Imap) -> None:
    """Example 04: those that are searched count, not those that are found."""
    mail.dialogue(r"""
        C: a UID STORE 16,18 +FLAGS.SILENT (\Deleted)
        S: a OK ...
        C: 04 UID SEARCH UID 12:17 UNDELETED
        S: * SEARCH 15 17
        S: 04 OK [MESSAGELIMIT 3 15] ...
        C: b UID SEARCH UID 12:14 UNDELETED
        S: * SEARCH 12 13 14
        S: b OK SEARCH completed
        C: c UID SEARCH OR UID 12:14 UID 11 NOT UID 12:13
        S: * SEARCH 11 14
        S: c OK SEARCH completed
        C: d UID SEARCH ALL
        S: * SEARCH 16 17 18
        S: d OK [MESSAGELIMIT 3 16] ...
        C: e UID SORT (REVERSE ARRIVAL) UTF-8 ALL
        S: * SORT 16 17 18
        S: e OK [MESSAGELIMIT 3 16] ...
        C: f ESEARCH RETURN (COUNT) ALL
        S: * ESEARCH (TAG "f" ...) UID COUNT 3
        S: f OK [MESSAGELIMIT 3 16] ...
    """)


def test_what_a_search_keeps_is_cut_too(mail: Imap) -> None:
    """RFC 9738 §3.4, example D0004."""
    mail.dialogue("""
        C: D0004 UID SEARCH RETURN (SAVE) UID 11:17 UNDELETED
        S: D0004 OK [MESSAGELIMIT 3 15] ...
        C: a UID SEARCH $
        S: * SEARCH 15 16 17
        S: a OK SEARCH completed
    """)


def test_copy_does_all_or_nothing(mail: Imap) -> None:
    """Example 05."""
    mail.dialogue("""
        C: 05 UID COPY 11:16 "Trash"
        S: 05 NO [MESSAGELIMIT 3 14] ...
        C: a STATUS Trash (MESSAGES)
        S: * STATUS Trash (MESSAGES 0)
        S: a OK ...
        C: b UID COPY 11:13 "Trash"
        S: b OK [COPYUID ... 11:13 1:3] ...
    """)


def test_move(mail: Imap) -> None:
    """Example 06: the same command again moves the next ones."""
    mail.dialogue("""
        C: 06 UID MOVE 11:15 "Archive"
        S: * OK [COPYUID $validity 13:15 1:3] ...
        S: * 5 EXPUNGE
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: 06 OK [MESSAGELIMIT 3 13] ...
        C: a UID MOVE 11:15 "Archive"
        S: * OK [COPYUID $validity 11:12 4:5] ...
        S: * 2 EXPUNGE
        S: * 1 EXPUNGE
        S: a OK MOVE completed
    """)


def test_store(mail: Imap) -> None:
    """Example 07."""
    mail.dialogue(r"""
        C: 07 UID STORE 12:16 +FLAGS (\Seen)
        S: * 4 FETCH (UID 14 FLAGS (\Seen))
        S: * 5 FETCH (UID 15 FLAGS (\Seen))
        S: * 6 FETCH (UID 16 FLAGS (\Seen))
        S: 07 OK [MESSAGELIMIT 3 14] ...
    """)


def test_uid_expunge_and_expunge(mail: Imap) -> None:
    r"""Examples 08 and 09: only what is \Deleted counts, and EXPUNGE has no limit."""
    mail.dialogue(r"""
        C: a UID STORE 12:13,15 +FLAGS.SILENT (\Deleted)
        S: a OK ...
        C: a UID STORE 17:18 +FLAGS.SILENT (\Deleted)
        S: a OK ...
        C: 08 UID EXPUNGE 11:18
        S: * 8 EXPUNGE
        S: * 7 EXPUNGE
        S: * 5 EXPUNGE
        S: 08 OK [MESSAGELIMIT 3 15] ...
        C: a UID STORE 11,14,16 +FLAGS.SILENT (\Deleted)
        S: a OK ...
        C: 09 EXPUNGE
        S: * 5 EXPUNGE
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: * 2 EXPUNGE
        S: * 1 EXPUNGE
        S: 09 OK EXPUNGE completed
    """)


def test_a_page_that_is_too_long_is_refused(mail: Imap) -> None:
    """Example 10, with PARTIAL."""
    mail.dialogue("""
        C: 10 UID FETCH 11:18 (UID) (PARTIAL -1:-4)
        S: 10 NO [MESSAGELIMIT 3] ...
        C: a UID FETCH 11:18 (UID) (PARTIAL 2:4)
        S: * 2 FETCH (UID 12)
        S: * 3 FETCH (UID 13)
        S: * 4 FETCH (UID 14)
        S: a OK FETCH completed
    """)


def test_beside_another_code_it_stands_before(mail: Imap) -> None:
    """Example 11: EXPUNGEISSUED is told in the tagged OK."""
    mail.signed_in("2", select="INBOX")
    mail.dialogue(r"""
        C2: a UID STORE 11 +FLAGS.SILENT (\Deleted)
        S2: a OK ...
        C2: b EXPUNGE
        S2: * 1 EXPUNGE
        S2: b OK ...
        C: 11 FETCH 2:7 (UID)
        S: * 7 FETCH (UID 17)
        S: * 6 FETCH (UID 16)
        S: * 5 FETCH (UID 15)
        S: * NO [MESSAGELIMIT 3 15] ...
        S: 11 OK [EXPUNGEISSUED] ...
    """)


def test_uidafter_and_uidbefore(mail: Imap) -> None:
    """RFC 9738 §3.2: one UID as a range."""
    mail.dialogue("""
        C: 12 UID SEARCH UIDAFTER 15 UNDELETED
        S: * SEARCH 16 17 18
        S: 12 OK SEARCH completed
        C: a UID SEARCH UIDBEFORE 14 NOT UIDBEFORE 12
        S: * SEARCH 12 13
        S: a OK SEARCH completed
        C: b UID SEARCH UIDBEFORE 1
        S: * SEARCH
        S: b OK SEARCH completed
        C: c UID SEARCH UIDAFTER 4294967295
        S: * SEARCH
        S: c OK SEARCH completed
        C: d UID SEARCH UIDAFTER 1:2
        S: d BAD ...
    """)


def test_no_thread_of_a_part(mail: Imap) -> None:
    """RFC 9738 §3.3."""
    mail.dialogue("""
        C: a THREAD REFERENCES UTF-8 ALL
        S: a NO [MESSAGELIMIT 3] ...
    """)


def test_append_of_too_many_appends_none(mail: Imap) -> None:
    """RFC 9738 §3.1: MULTIAPPEND does all or nothing."""
    message = b"{%d+}\r\n%b" % (len(LETTER), LETTER)
    said = mail.say(b"a APPEND Drafts " + b" ".join([message] * 4) + b"\r\n")
    assert b"a NO [MESSAGELIMIT 3]" in said
    assert b"(MESSAGES 0)" in mail.say(b"b STATUS Drafts (MESSAGES)\r\n")
    assert b"c OK [APPENDUID" in mail.say(b"c APPEND Drafts " + b" ".join([message] * 3) + b"\r\n")
