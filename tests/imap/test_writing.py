"""What we write, our own cursor reads back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
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


@pytest.mark.parametrize("hours", [-7, 0, 5.5])
def test_dates_are_read_back(hours):
    moment = datetime(1996, 7, 7, 2, 44, 25, tzinfo=timezone(timedelta(hours=hours)))
    written = date_time(moment)
    assert written.startswith(b'" 7-Jul-1996 02:44:25 ')
    assert read_date_time(Cursor([written])) == moment


def test_a_utc_date():
    assert date_time(datetime(2026, 11, 24, tzinfo=UTC)) == b'"24-Nov-2026 00:00:00 +0000"'


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
