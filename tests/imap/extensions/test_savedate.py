"""SAVEDATE (RFC 8514): when a message came into its mailbox."""

from tests.imap.people import Imap


def test_a_copy_has_its_own_date(imap: Imap) -> None:
    """RFC 8514 §4.2: APPEND and COPY set it, and INTERNALDATE does not matter."""
    imap.put("INBOX", b"Subject: x\r\n\r\n", date=837_596_665)
    imap.signed_in(select="INBOX")
    imap.dialogue("""
        C: a FETCH 1 (SAVEDATE INTERNALDATE)
        S: * 1 FETCH (SAVEDATE "15-Jan-2027 08:00:00 +0000" INTERNALDATE "17-Jul-1996 09:44:25 +0000")
        S: a OK ...
        C: b COPY 1 Sent
        S: b OK ...
        C: c SELECT Sent
        S*: c OK ...
        C: d UID FETCH 1 SAVEDATE
        S: * 1 FETCH (UID 1 SAVEDATE "15-Jan-2027 08:00:00 +0000")
        S: d OK ...
    """)
