"""COPY, and the code that tells the new UIDs."""

from tests.imap.people import Imap


def test_copies_keep_flags_and_dates(ann: Imap) -> None:
    ann.put("INBOX", b"Subject: a\r\n\r\n", "\\Seen", "$Work", date=1_700_000_000)
    ann.put()
    ann.dialogue("""
        C: s SELECT INBOX
        S*: s OK ...
        C: a COPY 1:2 Archive
        S: a OK [COPYUID $validity 1:2 1:2] ...
        C: b UID COPY 7 Archive
        S: b OK COPY completed
        C1: t SELECT Archive
        S1*: t OK ...
        C1: c FETCH 1 (FLAGS INTERNALDATE)
        S1: * 1 FETCH (FLAGS (\\Seen $Work) INTERNALDATE "14-Nov-2023 22:13:20 +0000")
        S1: c OK ...
    """)


def test_a_target_that_could_be_made(ann: Imap) -> None:
    ann.put()
    ann.dialogue("""
        C: s SELECT INBOX
        S*: s OK ...
        C: a COPY 1 Nowhere
        S: a NO [TRYCREATE] ...
        C: b COPY 2 Archive
        S: b BAD ...
    """)
