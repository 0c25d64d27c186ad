"""i;unicode-casemap (RFC 5051, RFC 5255)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.collation import casemapped, collation_key


def test_the_example_of_the_rfc() -> None:
    """RFC 5051 §2: U+01C4 becomes U+0044 U+007A U+030C."""
    assert casemapped("\u01c4") == "\u0044\u007a\u030c"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("straße", "STRAßE"),
        ("é", "E\u0301"),
        ("ＡＢＣ", "abc"),
        ("Ω", "ω"),
        ("\u017fet", "SET"),
        ("ж", "Ж"),
        ("hello", "HeLLo"),
    ],
)
def test_these_are_the_same(one: str, other: str) -> None:
    assert collation_key(one) == collation_key(other)


@pytest.mark.parametrize(("one", "other"), [("straße", "strasse"), ("e", "é"), ("ﬁn", "fin")])
def test_these_are_not(one: str, other: str) -> None:
    """Titlecase comes before decomposition, once; accents are letters (RFC 5051 §2)."""
    assert collation_key(one) != collation_key(other)


def test_the_order_of_the_example_of_rfc_5255() -> None:
    """RFC 5255 §4.6: of the strings in a known charset, (4) comes before (2)."""
    fourth = b"\xe1\xcc\xc5\xcb\xd3\xc5\xca".decode("koi8-r")
    second = b"\xd1\x81\xd0\x95\xd0\xa0\xd0\x93\xd0\x95\xd0\x99".decode()
    assert collation_key(fourth) < collation_key(second)


@given(st.text())
def test_each_character_is_mapped_by_itself(text: str) -> None:
    """What is added to a text changes nothing of its beginning: so substrings are found."""
    assert casemapped(text) == "".join(map(casemapped, text))
    assert collation_key(text) == casemapped(text).encode("utf-8", "replace")


@given(st.text())
def test_nothing_is_left_to_decompose(text: str) -> None:
    """Case, width and composition are gone (§2, step 2); Hangul has no mapping in the table."""
    mapped = casemapped(text)
    assert all(unicodedata.normalize("NFKD", c) == c for c in mapped if not "가" <= c <= "힣")


def test_all_of_unicode_is_bounded_in_memory() -> None:
    """Hostile mail has every character; the table of mappings is emptied, not grown."""
    everything = "".join(map(chr, [*range(0x80, 0xD800), *range(0xE000, 0x11000)]))
    assert casemapped(everything)
    assert casemapped("é") == "E\u0301"
