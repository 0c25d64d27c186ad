"""Charsets that a message may name, and what happens with all others."""

import encodings.aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.charsets import _CODECS, decode, is_known

NO_TEXT = {"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "idna", "punycode", "mbcs"}


@pytest.mark.threat("M4")
def test_every_codec_that_python_knows_by_name_is_harmless() -> None:
    names = set(encodings.aliases.aliases) | set(encodings.aliases.aliases.values()) | NO_TEXT
    for name in names | {"unicode_escape", "raw_unicode_escape", "undefined", "oem", "utf_7"}:
        assert isinstance(decode(b"x\x9c\xff\\u0041+AEE-", name), str)
        assert not is_known(name) or name in _CODECS
    assert not any(is_known(name) for name in NO_TEXT)


def test_charsets_are_read() -> None:
    assert decode("Grüße €".encode("cp1252"), "ISO-8859-1") == "Grüße €"
    assert decode("日本".encode("iso2022_jp"), "ISO-2022-JP") == "日本"
    assert decode("你好".encode("gbk"), "GB2312") == "你好"
    assert decode("привет".encode("koi8_r"), "koi8-r") == "привет"
    assert decode("ä".encode(), "us-ascii") == "ä"
    assert decode("ä".encode("cp1252"), "us-ascii") == "ä"
    assert decode(b"\xff", "utf-8") == "\ufffd"


@pytest.mark.threat("M11")
@given(st.sampled_from(sorted(_CODECS)), st.binary(max_size=80))
def test_no_octets_raise_and_the_text_can_be_stored(charset: str, octets: bytes) -> None:
    decode(octets, charset).encode("utf-8")
