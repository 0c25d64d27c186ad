"""The text of a message as SEARCH looks through it."""

from mailsuite.message.text import body_texts, field_texts, header_text

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
