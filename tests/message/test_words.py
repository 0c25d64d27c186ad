"""Encoded words, from mail as it is."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.words import decode_words, encode_words, unbase64

VECTORS = json.loads(
    (Path(__file__).parents[1] / "data/imap/encoded-words.json").read_text("utf-8")
)
FIT = 7  # the rows after these were drawn wrongly, see the README beside them


@pytest.mark.parametrize("row", VECTORS[:FIT], ids=lambda row: row["header"])
def test_vectors(row: dict[str, str]) -> None:
    """Outer white space aside, which belongs to no value."""
    assert decode_words(row["header"].encode()) == row["utf8"].strip()


@pytest.mark.threat("M4")
@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"=?utf-16le?b?UADkAGkAdgDkAOQA?=", "Päivää"),
        (b"=?utf-9?b?UMOkaXbDpMOk?=", "Päivää"),
        (b"=?utf-8*fi?Q?P=C3=A4iv=C3?= =?utf-8*fi?q?=A4=C3=A4?=", "Päivää"),
        (b"=?iso-8859-1?q?a_b=E4?=", "a bä"),
        (b"=?utf-8?b?w6Q?=", "ä"),
        (b"=?utf-8?b?!!!?=", ""),
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"=?utf-8?q?a b?=", "=?utf-8?q?a b?="),
        (b"=?zlib?b?eJwDAAAAAAE=?=", "x\x9c\x03\0\0\0\0\x01"),
        (b"=?rot13?q?nop?=", "nop"),
        (b"=?idna?q?xn--a?=", "xn--a"),
        (b"plain \xe4 octets", "plain ä octets"),
        ("plain ä".encode(), "plain ä"),
    ],
)
def test_odd_words(octets: bytes, text: str) -> None:
    decoded = decode_words(octets)
    assert decoded == text or decoded == text.replace("\x9c", "œ")


@pytest.mark.threat("M4")
def test_ten_thousands_of_words_cost_no_more_than_their_length() -> None:
    for word in (b"=?utf-8?q?=c3=a4?= ", b"=?utf-8?q?", b"=?", b"=?a?b?", b"=?x?q??= ", b"?= =?"):
        decode_words(word * 50_000)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_is_encoded_is_decoded(text: str) -> None:
    words = encode_words(text)
    assert all(len(word) <= 75 for word in words)
    assert decode_words("\r\n ".join(words).encode("ascii")) == text


@given(st.binary(max_size=200))
def test_no_octets_raise(octets: bytes) -> None:
    decode_words(octets)
    unbase64(octets)
    decode_words(b"=?utf-8?b?" + octets + b"?=").encode("utf-8")
