"""PREVIEW (RFC 8970): the first words of a message, as lists of mail show them."""

import pytest

from tests.imap.people import Imap


@pytest.fixture
def inbox(imap: Imap) -> Imap:
    imap.put("INBOX", b"Subject: x\r\n\r\nPreview text!\r\n")
    imap.put("INBOX", b'Content-Type: text/plain; charset="utf-8"\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n')
    imap.put("INBOX", b"Content-Type: image/png\r\n\r\n\x89PNG\r\n")
    imap.signed_in(select="INBOX")
    return imap


def test_the_examples_of_the_rfc(inbox: Imap) -> None:
    """RFC 8970 §3.2, §5: LAZY changes nothing, since all are made at delivery."""
    inbox.dialogue("""
        C: A1 FETCH 1 (PREVIEW)
        S: * 1 FETCH (PREVIEW "Preview text!")
        S: A1 OK ...
        C: C2 FETCH 1 (RFC822.SIZE PREVIEW (LAZY))
        S: * 1 FETCH (RFC822.SIZE 29 PREVIEW "Preview text!")
        S: C2 OK ...
        C: C3 FETCH 1 PREVIEW (lazy)
        S: * 1 FETCH (PREVIEW "Preview text!")
        S: C3 OK ...
        C: C4 FETCH 1 (PREVIEW (LAZY) UID)
        S: * 1 FETCH (UID 1 PREVIEW "Preview text!")
        S: C4 OK ...
    """)


def test_text_is_utf8_and_never_in_quotes(inbox: Imap) -> None:
    """8-bit octets stand in literals only; where there is no text the preview is empty."""
    said = inbox.say(b"a FETCH 2:3 PREVIEW\r\n")
    assert b"* 2 FETCH (PREVIEW {7}\r\nGr\xc3\xbc\xc3\x9fe)\r\n" in said
    assert b'* 3 FETCH (PREVIEW "")\r\n' in said


def test_a_modifier_of_fetch_is_no_modifier_of_preview(inbox: Imap) -> None:
    said = inbox.say(b"a FETCH 1:3 PREVIEW (CHANGEDSINCE 99999)\r\n")
    assert said.endswith(b"a OK FETCH completed\r\n")
    assert b"PREVIEW" not in said
    assert inbox.say(b"b FETCH 1 PREVIEW (EAGER)\r\n").startswith(b"b BAD")
    assert inbox.say(b"c FETCH 1 (PREVIEW (EAGER))\r\n").startswith(b"c BAD")
