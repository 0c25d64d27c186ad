"""The words of a message, as SEARCH looks through them and as lists of mail show them."""

from mailsuite.message.preview import CHARACTERS
from mailsuite.message.scan import scan
from mailsuite.message.text import PAGE_CHARACTERS, body_texts, page_text

PAGE = b"Content-Type: text/html; charset=utf-8\r\n\r\n"


def one_input(octets: bytes) -> None:
    """No octets raise, as a message, as a page, or as the text of one."""
    for message in (octets, PAGE + octets):
        assert len(scan(message).preview) <= CHARACTERS
        assert all(isinstance(text, str) for text in body_texts(message))
    assert len(page_text(octets.decode("latin-1"))) <= PAGE_CHARACTERS
