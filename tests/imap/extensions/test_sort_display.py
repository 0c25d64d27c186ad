"""SORT=DISPLAY (RFC 5957)."""

from tests.imap.people import Imap


def test_by_the_name_that_is_shown(imap: Imap) -> None:
    """§3: the decoded name, else mailbox@host, else the mailbox; without an address, nothing."""
    for author in (
        "Zoe <a@x.y>",
        "=?utf-8?q?=C3=89mile?= <z@x.y>",
        "m@x.y",
        "f@x.y (Fay)",
        "team: k@x.y;",
        "",
    ):
        field = f"From: {author}\r\nTo: {author}\r\n" if author else ""
        imap.put("INBOX", f"{field}Subject: x\r\n\r\nhi\r\n".encode())
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: a SORT (DISPLAYFROM) UTF-8 ALL
        S: * SORT 6 2 4 3 5 1
        S: a OK ...
        C: b SORT (REVERSE DISPLAYTO) UTF-8 ALL
        S: * SORT 1 5 3 4 2 6
        S: b OK ...
        C: c SORT (FROM) UTF-8 ALL
        S: * SORT 6 1 4 3 5 2
        S: c OK ...
        C: d CAPABILITY
        S: * CAPABILITY ... SORT SORT=DISPLAY ...
        S: d OK ...
    """)
