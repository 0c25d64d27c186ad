"""What an account hides and asks for: words that are kept, and what they mean."""

import pytest

from mailsuite.directory.capabilities import BadCapability, asked_for, hidden, with_changes


def test_hidden_and_shown_again():
    words = with_changes("", ["move", "Compress=Deflate"], [])
    assert words == "-COMPRESS=DEFLATE -MOVE"
    assert hidden(words) == {b"COMPRESS=DEFLATE", b"MOVE"}
    assert with_changes(words, [], ["MOVE"]) == "-COMPRESS=DEFLATE"


def test_what_not_everybody_sees_is_asked_for():
    words = with_changes("", [], ["UIDONLY"])
    assert words == "+UIDONLY"
    assert asked_for(words) == {b"UIDONLY"}
    assert asked_for(words, "-UIDONLY") == frozenset(), "a password may hide what its account asks"
    assert with_changes(words, ["UIDONLY"], []) == "-UIDONLY"


@pytest.mark.parametrize("name", ["", "A B", "Ä", "-MOVE", "x" * 65])
def test_what_is_no_name(name):
    with pytest.raises(BadCapability):
        with_changes("", [name], [])


def test_there_is_an_end_of_them():
    with pytest.raises(BadCapability):
        with_changes("", [f"X{number}" for number in range(201)], [])
