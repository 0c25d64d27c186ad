"""Arguments of commands: sets of messages, flags, dates, lists."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.imap.answers import Bad
from mailsuite.imap.elements import (
    ATOM,
    FLAGS,
    STAR,
    SequenceSet,
    list_of,
    optional,
    read_date_time,
    read_flag,
    read_mailbox,
    read_sequence_set,
)
from mailsuite.imap.grammar import Cursor


def whole(rule: Callable[[Cursor], object], octets: bytes) -> object:
    """Read all of it by the rule."""
    cursor = Cursor([octets])
    value = rule(cursor)
    cursor.end()
    return value


@pytest.mark.parametrize(
    ("octets", "ranges"),
    [
        (b"1", ((1, 1),)),
        (b"2,4:7,9,12:*", ((2, 2), (4, 7), (9, 9), (12, STAR))),
        (b"*:4,5:7", ((STAR, 4), (5, 7))),
        (b"4294967295", ((4294967295, 4294967295),)),
    ],
)
def test_sequence_sets_as_in_rfc_3501(octets, ranges):
    assert read_sequence_set(Cursor([octets])).ranges == ranges


@pytest.mark.threat("W15")
@pytest.mark.parametrize(
    "octets",
    [b"0", b"1:0", b"01", b"4294967296", b"9" * 5000, b"", b",", b"1,", b":1", b"-1", b"1:2:"],
)
def test_what_is_no_sequence_set(octets):
    with pytest.raises(Bad):
        whole(read_sequence_set, octets)


def test_a_set_has_so_many_ranges_and_no_more():
    with pytest.raises(Bad):
        read_sequence_set(Cursor([b"1," * 10_000 + b"1"]))


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1), st.integers(1, 12))
def test_spans_are_the_same_numbers_in_order(ranges, largest):
    spans = SequenceSet(tuple(ranges)).spans(largest)
    meant = set()
    for first, last in ranges:
        low, high = sorted((first or largest, last or largest))
        meant |= set(range(low, high + 1))
    told = [number for low, high in spans for number in range(low, high + 1)]
    assert told == sorted(meant)


def test_a_range_beyond_the_end_with_a_star_is_turned_round():
    """`559:*` with 4 messages means 4:559 (RFC 3501 §9, seq-range)."""
    assert SequenceSet(((559, STAR),)).spans(4) == [(4, 559)]


@pytest.mark.parametrize("octets", [b"\\Seen", b"$Junk", b"foo", b"a:b"])
def test_flags(octets):
    assert read_flag(Cursor([octets])) == octets


@pytest.mark.parametrize("octets", [b"\\", b"\\*", b"", b"(", b"a]", b'"x"'])
def test_what_is_no_flag(octets):
    with pytest.raises(Bad):
        whole(read_flag, octets)


def test_lists():
    assert FLAGS.parse(Cursor([b"()"])) == []
    assert FLAGS.parse(Cursor([b"(a \\b)"])) == [b"a", b"\\b"]
    for octets in (b"(", b"(a", b"(a  b)", b"(a b", b"a", b"( a)", b"(a )"):
        with pytest.raises(Bad):
            FLAGS.parse(Cursor([octets]))
    with pytest.raises(Bad):
        list_of(ATOM).parse(Cursor([b"()"]))


def test_an_optional_argument_takes_its_space_only_when_it_is_there():
    element = optional(FLAGS, b"(")
    cursor = Cursor([b" {5}"])
    assert element.parse(cursor) is None
    assert cursor.at == 0
    assert element.parse(Cursor([b" (x)"])) == [b"x"]
    assert element.parse(Cursor([b""])) is None


def test_dates():
    moment = read_date_time(Cursor([b'" 1-feb-2024 23:59:60 -0730"']))
    assert (moment.day, moment.month, moment.second) == (1, 2, 59)
    assert moment.utcoffset() == timedelta(hours=-7, minutes=-30)


@pytest.mark.threat("W15")
@pytest.mark.parametrize(
    "text",
    [
        "30-Feb-2024 00:00:00 +0000", "01-Foo-2024 00:00:00 +0000", "01-Jan-0000 00:00:00 +0000",
        "01-Jan-2024 24:00:00 +0000", "01-Jan-2024 00:60:00 +0000", "01-Jan-2024 00:00:00 +2400",
        "01-Jan-20240 00:00:00 +0000", "1-Jan-2024 00:00:00 +0000", "01-Jan-2024 00:00:00",
    ],
)  # fmt: skip
def test_what_is_no_date(text):
    with pytest.raises(Bad):
        read_date_time(Cursor([f'"{text}"'.encode()]))


def test_mailbox_names():
    assert read_mailbox(Cursor([b"inBox"])) == "INBOX"
    assert read_mailbox(Cursor([b'"Entw&APw-rfe"'])) == "Entwürfe"
