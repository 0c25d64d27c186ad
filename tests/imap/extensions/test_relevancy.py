"""RELEVANCY: how well each message fits that a FUZZY search has found."""

import re

import pytest

from tests.imap.people import Imap


@pytest.fixture
def mail(imap: Imap) -> Imap:
    """UIDs 1 to 4; three of them say hello, in different places."""
    for subject, text in (("hello", "hello"), ("other", "x"), ("note", "hello"), ("hello", "x")):
        imap.put("INBOX", f"Subject: {subject}\r\n\r\n{text}\r\n".encode())
    imap.signed_in(select="INBOX")
    return imap


def scores(imap: Imap, command: str) -> tuple[str, list[int]]:
    """What was found as it was told, and the scores."""
    said = imap.say(f"a {command}\r\n".encode()).decode()
    told = re.match(r'\* ESEARCH \(TAG "a"\) (.*) RELEVANCY \(([0-9 ]*)\)\r\na OK', said)
    assert told, said
    return told[1], [int(score) for score in told[2].split()]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ('SEARCH RETURN (ALL RELEVANCY) FUZZY TEXT "hello"', "ALL 1,3:4"),
        ('SEARCH RETURN (PARTIAL -1:-2 RELEVANCY) FUZZY TEXT "hello"', "PARTIAL (-1:-2 3:4)"),
        ('SEARCH RETURN (COUNT RELEVANCY) FUZZY SUBJECT "hello"', "COUNT 2"),
        ('SORT RETURN (ALL RELEVANCY) (REVERSE ARRIVAL) UTF-8 FUZZY TEXT "hello"', None),
    ],
)
def test_a_score_for_each_that_is_listed(mail: Imap, command: str, told: str | None) -> None:
    """RFC 6203 §4, example B1: in the order of the results."""
    found, given = scores(mail, command)
    assert told is None or found == told
    assert len(given) == (2 if told and "ALL" not in told else 3)
    assert all(1 <= score <= 100 for score in given)


def test_where_nothing_is_found_there_are_no_scores(mail: Imap) -> None:
    assert scores(mail, "SEARCH RETURN (COUNT RELEVANCY) FUZZY TEXT zzz") == ("COUNT 0", [])


def test_only_of_a_fuzzy_search(mail: Imap) -> None:
    """RFC 6203 §4: it MUST NOT be used otherwise."""
    assert mail.say(b"a SEARCH RETURN (ALL RELEVANCY) TEXT hello\r\n").startswith(b"a BAD ")
