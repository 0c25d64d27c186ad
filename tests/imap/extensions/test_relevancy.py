"""RELEVANCY: how well each message fits that a FUZZY search has found."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


def test_the_best_is_first_in_a_sort(mail: Imap) -> None:
    """RFC 6203 §6, its three examples; what fits as well stays in the order of the mailbox."""
    mail.dialogue("""
        C: C1 SORT (RELEVANCY) UTF-8 FUZZY TEXT "Hello"
        S: * SORT 1 4 3
        S: C1 OK SORT completed
        C: C2 SORT RETURN (RELEVANCY ALL) (RELEVANCY) UTF-8 FUZZY TEXT "Hello"
        S: * ESEARCH (TAG "C2") RELEVANCY (100 100 60) ALL 1,4,3
        S: C2 OK SORT completed
        C: C3 SORT RETURN (PARTIAL 1:2) (RELEVANCY) UTF-8 FUZZY TEXT "Hello"
        S: * ESEARCH (TAG "C3") PARTIAL (1:2 1,4)
        S: C3 OK SORT completed
        C: C4 SORT (REVERSE RELEVANCY) UTF-8 FUZZY TEXT "Hello"
        S: * SORT 3 1 4
        S: C4 OK SORT completed
        C: C5 SORT (RELEVANCY REVERSE SIZE) UTF-8 FUZZY TEXT "Hello"
        S: * SORT 1 4 3
        S: C5 OK SORT completed
        C: C6 SORT (RELEVANCY) UTF-8 TEXT "Hello"
        S: C6 BAD ...
        C: C7 UID SORT RETURN (UPDATE ALL) (RELEVANCY) UTF-8 FUZZY TEXT "Hello"
        S: * ESEARCH (TAG "C7") UID ALL 1,4,3
        S: C7 OK SORT completed
    """)
    mail.put("INBOX", b"Subject: hello\r\n\r\nx\r\n")
    mail.dialogue("""
        C: a NOOP
        S: * 5 EXISTS
        S: * 0 RECENT
        S: * ESEARCH (TAG "C7") UID ADDTO (3 5)
        S: a OK ...
    """)


LETTERS = st.tuples(st.sampled_from(["hello", "b", "a"]), st.sampled_from(["hello", "x"]))
CRITERIA = st.lists(
    st.tuples(st.sampled_from(["SUBJECT", "SIZE"]), st.booleans()),
    max_size=2,
    unique_by=lambda c: c[0],
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    letters=st.lists(LETTERS, min_size=1, max_size=8),
    before=CRITERIA,
    after=CRITERIA,
    reverse=st.booleans(),
)
def test_between_other_criteria(
    imap: Imap,
    letters: list[tuple[str, str]],
    before: list[tuple[str, bool]],
    after: list[tuple[str, bool]],
    *,
    reverse: bool,
) -> None:
    """Each criterion sorts what those before it have not told apart."""
    imap.clients.clear()
    first = 0
    for subject, text in letters:
        uid = imap.put("INBOX", f"Subject: {subject}\r\n\r\n{text}\r\n".encode())
        first = first or uid
    imap.signed_in(select="INBOX")
    keys = f'UID {first}:* OR FUZZY TEXT "hello" ALL'
    found = imap.say(f"s UID SEARCH RETURN (ALL RELEVANCY) {keys}\r\n".encode()).decode()
    told = [int(score) for score in found.split("RELEVANCY (")[1].split(")")[0].split()]
    rows = {
        first + at: {"SUBJECT": subject, "SIZE": len(subject) + len(text), "RELEVANCY": -told[at]}
        for at, (subject, text) in enumerate(letters)
    }
    criteria = [*before, ("RELEVANCY", reverse), *after]
    expected = sorted(rows)
    for name, backwards in reversed(criteria):
        ranks = sorted({row[name] for row in rows.values()})  # type: ignore[type-var]
        sign = -1 if backwards else 1
        expected.sort(key=lambda uid: sign * ranks.index(rows[uid][name]))
    order = " ".join(("REVERSE " if backwards else "") + name for name, backwards in criteria)
    said = imap.say(f"a UID SORT ({order}) UTF-8 {keys}\r\n".encode())
    assert [int(uid) for uid in said.split(b"\r\n")[0].split()[2:]] == expected
    imap.client().gone()
