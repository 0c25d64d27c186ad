"""From octets to a row and its arguments: tags, names with and without UID, states, literals."""

from array import array
from typing import Any

import pytest

from mailsuite.imap.answers import Bad
from mailsuite.imap.door import load
from mailsuite.imap.elements import SequenceSet
from mailsuite.imap.grammar import Cursor, Unfinished
from mailsuite.imap.numbers import Numbers
from mailsuite.imap.ports import State
from mailsuite.imap.reading import LARGEST_TAG, read_arguments, read_name, read_tag
from mailsuite.imap.registry import COMMANDS
from mailsuite.mailbox.generations import Generation

load()


class Selected:
    """A view of three messages, as the reading sees it."""

    numbers = Numbers(Generation(array("I", [10, 20, 30])))


class Announced:
    """A literal that is still to come."""

    size = 9


def arguments(octets: bytes, literal: Any = None) -> list[Any]:
    selected: Any = Selected()
    cursor = Cursor([octets])
    read_tag(cursor)
    row, by_uid = read_name(cursor, State.SELECTED)
    return read_arguments(cursor, row, selected, literal, by_uid=by_uid)


def test_a_tag_may_be_long_but_not_endless() -> None:
    assert read_tag(Cursor([b"t" * LARGEST_TAG])) == b"t" * LARGEST_TAG
    with pytest.raises(Bad, match="Tag too long"):
        read_tag(Cursor([b"t" * (LARGEST_TAG + 1)]))


@pytest.mark.parametrize(
    ("octets", "name", "by_uid"),
    [
        (b" fetch", b"FETCH", False),
        (b" UID Fetch", b"FETCH", True),
        (b" EXPUNGE", b"EXPUNGE", False),
        (b" UID EXPUNGE", b"UID EXPUNGE", True),  # a command of its own (RFC 4315 §2.1)
    ],
)
def test_a_name_is_found_in_both_its_forms(octets: bytes, name: bytes, by_uid: bool) -> None:
    assert read_name(Cursor([octets]), State.SELECTED) == (COMMANDS[name], by_uid)


@pytest.mark.parametrize(
    ("octets", "state", "why"),
    [
        (b" XYZZY", State.SELECTED, "Unknown command"),
        (b" UID NOOP", State.SELECTED, "Unknown command"),
        (b" UID UID FETCH", State.SELECTED, "Unknown command"),
        (b" SELECT", State.NOT_AUTHENTICATED, "Sign in first"),
        (b" FETCH", State.NOT_AUTHENTICATED, "Sign in first"),
        (b" FETCH", State.SIGNED_IN, "Select a mailbox first"),
        (b" LOGIN", State.SIGNED_IN, "You are signed in already"),
    ],
)
def test_a_name_that_does_not_stand_here_is_refused(octets: bytes, state: State, why: str) -> None:
    with pytest.raises(Bad, match=why):
        read_name(Cursor([octets]), state)


def test_commands_see_uids_whichever_the_client_wrote() -> None:
    by_number, by_uid = arguments(b"a COPY 1:2 x"), arguments(b"a UID COPY 10:20 x")
    assert list(by_number[0]) == list(by_uid[0]) == [10, 20]
    assert by_number[1:] == by_uid[1:] == ["x"]
    assert not isinstance(by_number[0], SequenceSet)


def test_nothing_may_follow_the_last_argument() -> None:
    with pytest.raises(Bad):
        arguments(b"a NOOP ")


def test_the_rest_of_a_command_arrives_with_its_literal() -> None:
    literal = Announced()
    arriving = arguments(b"a APPEND x {9}", literal)[-1]
    assert arriving.literal is literal
    assert arriving.cursor.rest() == b" {9}"


def test_a_literal_to_come_of_another_argument_has_to_be_kept() -> None:
    with pytest.raises(Unfinished):
        arguments(b"a APPEND {9}", Announced())
