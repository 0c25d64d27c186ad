"""UID EXPUNGE."""

from tests.imap.people import Imap


def test_only_those_that_were_named_go(imap: Imap) -> None:
    for _ in range(3):
        imap.put("INBOX", b"Subject: x\r\n\r\n", "\\Deleted")
    imap.put()
    imap.signed_in(select="INBOX")
    imap.dialogue("""
        C: a UID EXPUNGE 2:9
        S: * 3 EXPUNGE
        S: * 2 EXPUNGE
        S: a OK ...
        C: b UID SEARCH ALL
        S: * SEARCH 1 4
        S: b OK ...
    """)
