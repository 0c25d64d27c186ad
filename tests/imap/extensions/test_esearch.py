"""ESEARCH: only as much of the outcome as was asked for."""

import pytest

from tests.imap.people import Imap


@pytest.fixture
def mail(imap: Imap) -> Imap:
    for _ in range(4):
        imap.put()
    imap.signed_in(select="INBOX")
    return imap


@pytest.mark.parametrize(
    ("search", "answer"),
    [
        ("RETURN (MIN MAX COUNT) 2:3", "MIN 2 MAX 3 COUNT 2"),
        ("RETURN () 1,3:4", "ALL 1,3:4"),
        ("RETURN (all) ALL", "ALL 1:4"),
        ("RETURN (COUNT) SEEN", "COUNT 0"),
        ("RETURN (MIN COUNT) SEEN", "COUNT 0"),
        ("RETURN (COUNT) CHARSET UTF-8 ALL", "COUNT 4"),
    ],
)
def test_answers(mail: Imap, search: str, answer: str) -> None:
    mail.dialogue(f"""
        C: a1 SEARCH {search}
        S: * ESEARCH (TAG "a1") {answer}
        S: a1 OK ...
        C: a2 UID SEARCH {search}
        S: * ESEARCH (TAG "a2") UID {answer}
        S: a2 OK ...
    """)


def test_nothing_found_is_nothing_told(mail: Imap) -> None:
    mail.dialogue("""
        C: a SEARCH RETURN (ALL) SEEN
        S: * ESEARCH (TAG "a")
        S: a OK ...
        C: b SEARCH RETURN (NONSENSE) ALL
        S: b BAD ...
    """)
