"""UNSELECT."""

from tests.imap.people import Imap


def test_nothing_is_expunged(imap: Imap) -> None:
    imap.put("INBOX", b"Subject: x\r\n\r\n", "\\Deleted")
    imap.signed_in(select="INBOX")
    imap.dialogue("""
        C: a UNSELECT
        S: a OK ...
        C: b CHECK
        S: b BAD ...
        C: c STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 1)
        S: c OK ...
    """)
