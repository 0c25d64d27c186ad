"""STATUS=SIZE (RFC 8438): the octets of a mailbox, without a FETCH of each size."""

from tests.imap.people import Imap, now

SIZES = (3224, 1222, 444, 4516, 544, 922, 31126, 2423)


def test_the_examples_of_the_rfc(imap: Imap) -> None:
    """RFC 8438 §3, its three examples: SIZE is the sum of what FETCH tells."""
    now(imap.ann.create("frop"))
    for size in SIZES:
        imap.put("frop", b"Subject: x\r\n\r\n".ljust(size, b"x"))
    imap.signed_in()
    told = "\n".join(
        f"        S: * {number} FETCH (RFC822.SIZE {size})" for number, size in enumerate(SIZES, 1)
    )
    imap.dialogue(rf"""
        C: A01 STATUS frop (MESSAGES SIZE UIDNEXT)
        S: * STATUS frop (MESSAGES 8 SIZE {sum(SIZES)} UIDNEXT 9)
        S: A01 OK STATUS completed
        C: A02 SELECT "frop"
        S*: A02 OK [READ-WRITE] SELECT completed
        C: A03 FETCH 1:* (RFC822.SIZE)
{told}
        S: A03 OK FETCH completed
        C: A04 LIST "" f% RETURN (STATUS (MESSAGES SIZE))
        S: * LIST (\HasNoChildren) "/" frop
        S: * STATUS frop (MESSAGES 8 SIZE {sum(SIZES)})
        S: A04 OK LIST completed
    """)


def test_what_comes_and_goes_is_counted(imap: Imap) -> None:
    """Also by COPY and MOVE, which write no body."""
    imap.put("INBOX", b"x" * 100)
    imap.put("INBOX", b"y" * 11)
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: a UID COPY 1:2 Trash
        S: a OK ...
        C: b UID MOVE 1 Trash
        S*: b OK ...
        C: c STATUS Trash (SIZE)
        S: * STATUS Trash (SIZE 211)
        S: c OK ...
        C: d STATUS INBOX (SIZE)
        S: * STATUS INBOX (SIZE 11)
        S: d OK ...
        C: e UID STORE 2 +FLAGS.SILENT (\Deleted)
        S: e OK ...
        C: f EXPUNGE
        S: * 1 EXPUNGE
        S: f OK ...
        C: g STATUS INBOX (SIZE MESSAGES)
        S: * STATUS INBOX (SIZE 0 MESSAGES 0)
        S: g OK ...
    """)
