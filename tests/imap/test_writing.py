"""What we write, our own cursor reads back."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.imap.elements import read_date_time
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.writing import astring, date_time, mailbox, nstring, quoted, string, uid_set


def read(octets: bytes) -> Cursor:
    """A cursor over what was written, its literal in a piece of its own."""
    head, mark, tail = octets.partition(b"}\r\n")
    if octets.startswith(b"{") and mark:
        return Cursor([head + b"}", tail, b""])
    return Cursor([octets])


@settings(max_examples=200)
@given(st.binary())
def test_strings_are_read_back(octets):
    cursor = read(string(octets))
    if b"\0" in octets:
        assert cursor.literal8() == octets
    else:
        assert cursor.string() == octets
    assert cursor.ended


@settings(max_examples=200)
@given(st.binary().filter(lambda octets: b"\0" not in octets))
def test_astrings_are_read_back(octets):
    assert read(astring(octets)).astring() == octets


def test_each_form_for_its_kind():
    assert quoted(b'a"\\') == b'"a\\"\\\\"'
    assert nstring(None) == b"NIL"
    assert nstring(b"NIL") == b'"NIL"'
    assert astring(b"nil") == b'"nil"'
    assert astring(b"") == b'""'
    assert string(b"a\nb") == b"{3}\r\na\nb"
    assert string(b"x" * 2000).startswith(b"{2000}\r\n")
    assert mailbox("Entwürfe") == b"Entw&APw-rfe"
    assert mailbox("a b") == b'"a b"'


@given(st.integers(0, 253_402_300_799))
def test_dates_are_read_back(seconds):
    """Up to the end of the year 9999."""
    written = Cursor([date_time(seconds)])
    assert read_date_time(written) == datetime.fromtimestamp(seconds, UTC)
    assert written.ended


def test_the_day_of_a_date_takes_two_places():
    assert date_time(836_706_665) == b'" 7-Jul-1996 02:31:05 +0000"'
    assert date_time(1_795_478_400) == b'"24-Nov-2026 00:00:00 +0000"'


@settings(max_examples=100)
@given(st.sets(st.integers(1, 60)))
def test_uid_sets(uids):
    written = uid_set(sorted(uids))
    spelled = set()
    for part in written.split(b","):
        if part:
            first, _, last = part.partition(b":")
            spelled |= set(range(int(first), int(last or first) + 1))
    assert spelled == uids
