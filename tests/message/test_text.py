"""The text of a message as SEARCH looks through it."""

import pytest

from mailsuite.message.text import (
    PAGE_CHARACTERS,
    body_texts,
    field_texts,
    header_text,
    page_text,
)

HEADER = b"Subject: =?utf-8?q?h=C3=A9llo?=\r\n there\r\nX-A: 1\r\nx-a: 2\r\n\r\n"


def test_headers_are_decoded_and_unfolded() -> None:
    assert header_text(HEADER).split("\n")[1:] == ["x-a: 1", "x-a: 2"]
    assert header_text(HEADER).startswith("subject: héllo")
    assert list(field_texts(HEADER, b"x-a")) == ["1", "2"]


def test_text_parts_and_inner_headers_but_no_binary() -> None:
    octets = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"Y2Fmw6k=\r\n--x\r\nContent-Type: image/png\r\n\r\nPNG\r\n--x\r\n"
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nwords\r\n--x--\r\n"
    )
    assert list(body_texts(octets)) == ["café", "subject: inner", "words"]


@pytest.mark.threat("M12")
@pytest.mark.parametrize(
    "piece", ["<", "<!--", "<style>", "<p ", "<a", "&", "&#x41", "<style></script", "<!-", "</p><"]
)
def test_no_page_is_looked_at_twice(piece: str) -> None:
    """A megabyte of any of these is a moment; a quadratic pattern would take hours (M12)."""
    assert len(page_text(piece * (PAGE_CHARACTERS * 2 // len(piece)))) <= PAGE_CHARACTERS


def test_a_page_is_its_words() -> None:
    page = (
        "<style>p{}</style><p>Hel<b>lo</b>&nbsp;<i>you</i></p><td>1</td><td>2 &lt; 3</td><!-- x -->"
    )
    assert page_text(page) == "Hello you 1 2 < 3"


@pytest.mark.threat("W15")
@pytest.mark.parametrize("digits", [16, 5_000, 1_000_000])
def test_a_character_of_a_million_digits_is_none(digits: int) -> None:
    """Python's own `html.unescape` raises there: the message could never have been delivered."""
    assert page_text(f"&#{'1' * digits};x &#65; &#x{'f' * digits};") == "\ufffdx A \ufffd"
