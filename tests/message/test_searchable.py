"""What is searched: decoded, kept, and the same again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.searchable import Searchable

LETTERS = st.lists(
    st.sampled_from(
        [
            b"\r\n",
            b"\r\n\r\n",
            b"Subject",
            b": ",
            b":",
            b" ",
            b"=?utf-8?q?caf=C3=A9=0A=00:_?=",
            b"\xe9\xff",
            b"\xed\xa0\x80",  # a surrogate, as UTF-8 never has it
            b"Date: Mon, 1 Jan 2024 12:00:00 +0000",
            b"Content-Type: text/plain; charset=utf-8",
            b"Content-Type: multipart/mixed; boundary=x",
            b"Content-Type: text/html; charset=utf-16",
            b"--x",
            b"<p>\n\0words</p>",
        ]
    ),
    max_size=25,
).map(b"".join)


@given(prefix=st.sampled_from([b"", b"Return-Path: <>\r\n"]), octets=LETTERS)
def test_what_is_kept_is_the_same_again(prefix: bytes, octets: bytes) -> None:
    letter = Searchable.of(prefix, octets)
    again = Searchable.from_kept(letter.kept())
    assert list(again.texts()) == list(letter.texts()) == list(again.texts())
    assert again.header_text() == letter.header_text()
    assert again.lines == letter.lines
    assert again.sent == letter.sent


@pytest.mark.parametrize("octets", [b"", b"x", b"[]\n", b"[1, 2]\n", b"\xff"])
def test_what_was_not_kept_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Searchable.from_kept(octets)
