"""MOVE, UIDPLUS and UNSELECT."""

import pytest

from tests.imap.people import Imap


@pytest.fixture
def mail(imap: Imap) -> Imap:
    for _ in range(3):
        imap.put()
    imap.signed_in(select="INBOX")
    imap.signed_in("1", select="Archive")
    return imap


@pytest.mark.parametrize("verb", ["MOVE", "UID MOVE"])
def test_new_uid_is_told_before_the_expunge(mail: Imap, verb: str) -> None:
    """A client can map the old UID to the new one while it still knows both."""
    mail.dialogue(f"""
        C: a {verb} 2 Archive
        S: * OK [COPYUID $validity 2 1] ...
        S: * 2 EXPUNGE
        S: a OK ...
        C1: b NOOP
        S1: * 1 EXISTS
        S1: * 0 RECENT
        S1: b OK ...
    """)


def test_uids_that_are_gone_are_ok(mail: Imap) -> None:
    """A phone that gets NO tries for ever, and the mail comes back."""
    mail.dialogue("""
        C: a UID MOVE 77:99 Archive
        S: a OK ...
        C: b UID MOVE 1 Nowhere
        S: b NO [TRYCREATE] ...
    """)


def test_into_its_own_mailbox(mail: Imap) -> None:
    mail.dialogue("""
        C: a MOVE 1 INBOX
        S: * OK [COPYUID $validity 1 4] ...
        S: * 1 EXPUNGE
        S: * 3 EXISTS
        S: * 0 RECENT
        S: a OK ...
    """)
