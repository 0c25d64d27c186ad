"""What the dialogues of RFC 9051 share: a client that has enabled IMAP4rev2."""

import pytest

from tests.imap.people import Imap


@pytest.fixture
def rev2(imap: Imap) -> Imap:
    """Eleven messages in INBOX; the nameless client and `1` are signed in, nothing is selected."""
    for _ in range(11):
        imap.put()
    imap.signed_in("1", select="INBOX")
    imap.signed_in()
    imap.say(b"e ENABLE IMAP4rev2\r\n")
    return imap


@pytest.fixture
def inbox(rev2: Imap) -> Imap:
    """The same with INBOX selected."""
    assert b"\r\ns OK" in rev2.say(b"s SELECT INBOX\r\n")
    return rev2
