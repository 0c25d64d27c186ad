"""CONDSTORE: modseqs, and changes that are conditional on them."""

import pytest

from tests.imap.people import Imap


@pytest.fixture
def two(imap: Imap) -> Imap:
    for _ in range(3):
        imap.put()
    imap.signed_in(select="INBOX")
    imap.signed_in("1", select="INBOX")
    return imap


def test_every_enabling_command_makes_modseqs_come_with_flags(two: Imap) -> None:
    two.dialogue("""
        C: a ENABLE CONDSTORE
        S: * OK [HIGHESTMODSEQ $before] ...
        S: * ENABLED CONDSTORE
        S: a OK ...
        C1: b STORE 1 +FLAGS.SILENT (\\Seen)
        S1: b OK ...
        C: c NOOP
        S: * 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ ($after))
        S: c OK ...
        C1: d STATUS Archive (HIGHESTMODSEQ)
        S1: * OK [HIGHESTMODSEQ $after] ...
        S1: * STATUS Archive (HIGHESTMODSEQ 1)
        S1: d OK ...
    """)


def test_a_conflict_is_told_by_number_and_by_uid(two: Imap) -> None:
    two.dialogue("""
        C1: a STORE 2 +FLAGS.SILENT (\\Flagged)
        S1: a OK ...
        C: b STORE 1:3 (UNCHANGEDSINCE 4) +FLAGS.SILENT (\\Seen)
        S: * OK [HIGHESTMODSEQ 4] ...
        S: * 1 FETCH (UID 1 MODSEQ (6))
        S: * 3 FETCH (UID 3 MODSEQ (6))
        S: * 2 FETCH (UID 2 FLAGS (\\Flagged) MODSEQ (5))
        S: b OK [MODIFIED 2] ...
        C: c UID STORE 2 (UNCHANGEDSINCE 0) +FLAGS (\\Seen)
        S: * 2 FETCH (UID 2 FLAGS (\\Flagged) MODSEQ (5))
        S: c OK [MODIFIED 2] ...
    """)


def test_search_by_modseq_tells_the_highest(two: Imap) -> None:
    two.dialogue("""
        C: a STORE 2 +FLAGS.SILENT (\\Flagged)
        S: a OK ...
        C: b SEARCH MODSEQ 5
        S: * OK [HIGHESTMODSEQ 5] ...
        S: * SEARCH 2 (MODSEQ 5)
        S: b OK ...
        C: c SEARCH MODSEQ "/flags/\\\\draft" all 99
        S: * SEARCH
        S: c OK ...
        C: d UID SEARCH RETURN (MIN) MODSEQ 1
        S: * ESEARCH (TAG "d") UID MIN 1 MODSEQ 2
        S: d OK ...
    """)


def test_fetch_of_modseq(two: Imap) -> None:
    two.dialogue("""
        C: s SELECT INBOX (CONDSTORE)
        S*: s OK ...
        C: a FETCH 3 MODSEQ
        S: * 3 FETCH (MODSEQ (4))
        S: a OK ...
    """)
