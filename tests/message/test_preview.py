"""The first words of a message."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.preview import CHARACTERS, clean
from mailsuite.message.scan import scan

HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"\r\nHello\r\n  world\r\n", "Hello world"),
        (b"\r\n", ""),
        (HTML + b"<style>p {}</style><p>A &amp; B<br>C</p>", "A & B C"),
        (HTML + b"<head><title>x</title></head><!-- no --><b>yes", "yes"),
        (HTML + b"<script>never closed", ""),
        (HTML + b"<p>a&#" + b"1" * 5_000 + b";b", "a\ufffdb"),
        (b"Content-Type: image/png\r\n\r\nxxx", ""),
        (
            b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode("Grüße".encode()),
            "Grüße",
        ),
        (b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=\r\nb=20=3D", "ab ="),
        (b"\r\na\0b\x1b[31mc", "a b [31mc"),
        (b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "a\u202eb\u200b".encode(), "a b"),
    ],
)
def test_previews(octets: bytes, words: str) -> None:
    assert scan(octets).preview == words


def test_plain_text_is_preferred_to_a_page() -> None:
    octets = (
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n" + HTML + b"<p>page\r\n"
        b"--b\r\n\r\nplain\r\n--b--\r\n"
    )
    assert scan(octets).preview == "plain"


@given(st.text(max_size=400))
def test_any_text_becomes_one_short_line(text: str) -> None:
    line = clean(text, CHARACTERS)
    assert len(line) <= CHARACTERS
    assert not set(line) & set("\r\n\0\t\x1b\u202e\u2028")
