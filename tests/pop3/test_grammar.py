"""Lines as values, and values as lines."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.pop3 import grammar
from mailsuite.pop3.grammar import Auth, Refusal, Top, err, ok, split

PARSERS = [
    grammar.nothing,
    grammar.text,
    grammar.number,
    grammar.optional_number,
    grammar.top,
    grammar.auth,
]


def test_keywords_are_read_in_any_case() -> None:
    assert split(b"retr 1") == (b"RETR", b"1")
    assert split(b"PASS a b ") == (b"PASS", b"a b ")


@pytest.mark.threat("A13")
def test_a_password_keeps_its_spaces() -> None:
    assert grammar.text(b" a  b ") == " a  b "


@pytest.mark.threat("W15")
@pytest.mark.parametrize(
    "digits", [b"", b"-1", b"+1", b"1.0", b"0x1", b"1_0", b"\xb2", b"9" * 5000, b"1 1"]
)
def test_numbers_are_digits_and_few(digits: bytes) -> None:
    with pytest.raises(Refusal):
        grammar.number(digits)


def test_numbers_and_their_spaces() -> None:
    assert grammar.number(b" 007 ") == 7
    assert grammar.optional_number(b" ") is None
    assert grammar.top(b"1  20") == Top(1, 20)
    assert grammar.auth(b"plain =") == Auth("plain", b"=")


@pytest.mark.parametrize("parse", PARSERS)
@given(octets=st.binary(max_size=40))
def test_no_argument_raises_anything_but_a_refusal(
    parse: Callable[[bytes], Any], octets: bytes
) -> None:
    with contextlib.suppress(Refusal):
        parse(octets)


@pytest.mark.threat("W8")
@given(words=st.text(max_size=600))
def test_an_answer_is_one_printable_line(words: str) -> None:
    for answer in (ok(words), err(words), err(words, "SYS/TEMP")):
        assert answer.endswith(b"\r\n")
        assert answer[:-2].decode("ascii").isprintable()
        assert len(answer) < 256
