"""The cursor: what each rule takes, what it refuses, and that size alone breaks nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.imap.answers import Bad
from mailsuite.imap.grammar import Cursor, Unfinished


def test_astring_takes_an_atom_a_quoted_string_or_a_literal():
    cursor = Cursor([b'a]b "c \\"d\\\\" {2}', b"e\n", b" f"])
    values = []
    while not cursor.ended:
        values.append(cursor.astring())
        if not cursor.ended:
            cursor.space()
    assert values == [b"a]b", b'c "d\\', b"e\n", b"f"]


@pytest.mark.parametrize(
    "octets",
    [b"(", b")", b"{1}x", b"%", b"*", b"", b'"', b'"a', b'"\\x"', b'"\r"', b"\x7f", b"\xff"],
)
def test_what_is_no_astring(octets):
    with pytest.raises(Bad):
        Cursor([octets]).astring()


def test_a_quoted_string_passes_8_bit_on():
    """RFC 3501 forbids it; programs do it (passwords)."""
    assert Cursor(['"pässword"'.encode()]).astring() == "pässword".encode()


def test_a_literal_that_has_not_come_is_no_error():
    with pytest.raises(Unfinished):
        Cursor([b"{5}"]).astring()
    with pytest.raises(Bad):
        Cursor([b"{5} x"]).astring()


def test_nul_in_a_literal_only_where_octets_are_meant():
    with pytest.raises(Bad):
        Cursor([b"{1}", b"\0", b""]).string()
    assert Cursor([b"~{1}", b"\0", b""]).literal8() == b"\0"


@pytest.mark.threat("W15")
@pytest.mark.parametrize(
    "digits", [b"4294967296", b"18446744073709551616", b"9" * 5000, b"0" * 21, b"-1", b"+1", b"x"]
)
def test_numbers_out_of_range(digits):
    with pytest.raises(Bad):
        Cursor([digits]).number()


@pytest.mark.threat("W15")
def test_numbers_in_range():
    assert Cursor([b"0"]).number() == 0
    assert Cursor([b"007"]).number() == 7
    assert Cursor([b"4294967295"]).number() == 4294967295
    assert Cursor([b"9223372036854775807"]).number(2**63 - 1) == 2**63 - 1
    with pytest.raises(Bad):
        Cursor([b"9223372036854775808"]).number(2**63 - 1)


@pytest.mark.threat("I2")
def test_parentheses_are_counted_as_they_open():
    cursor = Cursor([b"(" * 100], nesting=4)
    for _ in range(4):
        cursor.enter()
    with pytest.raises(Bad):
        cursor.enter()


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=12), min_size=1, max_size=5))
def test_no_octets_break_a_rule(pieces):
    """Every rule returns a value or says Bad, and never stands still at a value."""
    for rule in (
        Cursor.tag, Cursor.atom, Cursor.word, Cursor.number, Cursor.quoted,
        Cursor.literal, Cursor.string, Cursor.nstring, Cursor.astring, Cursor.list_mailbox,
    ):  # fmt: skip
        cursor = Cursor(pieces)
        try:
            rule(cursor)
        except (Bad, Unfinished):
            continue
        assert cursor.at > 0 or cursor.text is not pieces[0]
