"""What a message is judged by, and what is never looked at."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.spam.words import (
    BODY_WORDS,
    HEAD_WORDS,
    Stream,
    numbers,
    read,
    spelled,
)

PLAIN = b"From: Ann <ann@a.example>\r\nSubject: Free money\r\n\r\nClick here now\r\n"


def words(octets: bytes) -> set[str]:
    return set(spelled(read(octets)).values())


def test_a_word_is_told_apart_by_where_it_stands() -> None:
    found = words(PLAIN)
    assert {"subject: free", "subject: free money", "click", "click here", "from: ann"} <= found
    assert {"from: ann@a.example", "from: .a.example", "from: .example"} <= found
    assert "free" not in found


@pytest.mark.parametrize(
    "field",
    [
        b"Received: from spammer.example by us\r\n",
        b"Delivered-To: somebody@here.example\r\n",
        b"X-Mailer: Blaster 2002\r\n",
        b"X-Spam-Status: No\r\n",
        b"List-Id: <list.example>\r\n",
        b"Date: Mon, 2 Sep 2002 15:58:51 +0100\r\n",
        b"Precedence: bulk\r\n",
    ],
)
def test_what_was_written_on_the_way_is_not_looked_at(field: bytes) -> None:
    """It gives away who collected the mail, not what it is."""
    assert words(field + PLAIN) == words(PLAIN)


def test_a_lists_mark_and_footer_are_not_looked_at() -> None:
    footer = b"_______________________________________\r\nThe mailing list: http://l.example\r\n"
    marked = PLAIN.replace(b"Free", b"[ILUG] Free") + footer
    assert words(marked) - words(PLAIN) <= {"link: .l.example", "link: .example"}


def test_numbers_are_those_that_are_spelled() -> None:
    streams = read(PLAIN)
    assert numbers(streams) == set(spelled(streams))


def test_digits_are_one_word() -> None:
    page = b"Subject: x\r\n\r\nonly $19 now\r\n"
    assert words(page) == words(page.replace(b"19", b"29"))


def test_a_page_is_read_as_its_reader_sees_it() -> None:
    page = (
        b"Subject: x\r\nContent-Type: text/html\r\n\r\n"
        b"<!-- hidden --><b>vi</b>sit <a href='http://u@192.0.2.1:80/x'>us</a>"
    )
    found = words(page)
    assert {"visit", "visit us", "shape: <b", "link: a number for a host"} <= found
    assert "link: a name before the host" in found
    assert "hidden" not in found


def test_what_is_read_is_bounded() -> None:
    flood = (
        b"Subject: "
        + b"word%d " * 500
        + b"\r\n\r\n"
        + b" ".join(b"w%x" % n for n in range(100_000))
    )
    found = read(flood)
    assert sum(len(stream.words) for stream in found if stream.tag == "text") <= BODY_WORDS
    assert all(len(s.words) <= HEAD_WORDS for s in found if s.tag == "subject")


@settings(max_examples=50)
@given(octets=st.binary(max_size=600))
def test_no_octets_break_it(octets: bytes) -> None:
    streams = read(octets)
    assert numbers(streams) == set(spelled(streams))
    assert all(isinstance(stream, Stream) for stream in streams)
