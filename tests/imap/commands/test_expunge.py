"""EXPUNGE and CLOSE: what goes, and who is told."""

import pytest

from tests.imap.people import Imap


@pytest.fixture
def two(imap: Imap) -> Imap:
    for flags in (["\\Deleted"], [], ["\\Deleted"]):
        imap.put("INBOX", b"Subject: x\r\n\r\n", *flags)
    imap.signed_in(select="INBOX")
    imap.signed_in("1", select="INBOX")
    return imap


def test_numbers_are_right_whatever_was_told_before(two: Imap) -> None:
    two.dialogue("""
        C: a EXPUNGE
        S: * 3 EXPUNGE
        S: * 1 EXPUNGE
        S: a OK ...
        C: b FETCH 1 (UID)
        S: * 1 FETCH (UID 2)
        S: b OK ...
        C1: c FETCH 2 (UID)
        S1: * 2 FETCH (UID 2)
        S1: c OK ...
        C1: d UID FETCH 1:* (UID)
        S1: * 2 FETCH (UID 2)
        S1: * 3 EXPUNGE
        S1: * 1 EXPUNGE
        S1: d OK ...
    """)


def test_new_mail_is_told_after_the_expunges_that_are_owed(two: Imap) -> None:
    two.say(b"a EXPUNGE\r\n")
    two.put()
    two.dialogue("""
        C1: c FETCH 1 (FLAGS)
        S1: c OK ...
        C1: d NOOP
        S1: * 3 EXPUNGE
        S1: * 1 EXPUNGE
        S1: * 2 EXISTS
        S1: * 0 RECENT
        S1: d OK ...
    """)


def test_close_is_silent(two: Imap) -> None:
    two.dialogue("""
        C: a CLOSE
        S: a OK ...
        C: b FETCH 1 FLAGS
        S: b BAD ...
        C1: c NOOP
        S1: * 3 EXPUNGE
        S1: * 1 EXPUNGE
        S1: c OK ...
    """)


def test_what_was_examined_is_left_alone(two: Imap) -> None:
    two.dialogue("""
        C: e EXAMINE INBOX
        S*: e OK ...
        C: a EXPUNGE
        S: a NO ...
        C: b CLOSE
        S: b OK ...
        C1: c NOOP
        S1: c OK ...
    """)


def test_check_says_ok(two: Imap) -> None:
    two.dialogue("""
        C: a CHECK
        S: a OK ...
    """)
