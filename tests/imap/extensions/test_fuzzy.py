"""SEARCH=FUZZY (RFC 6203): words instead of a string, and relevancy."""

import pytest

from mailsuite.imap.searching import run as running
from tests.imap.people import Imap
from tests.store.indexes import fill

LETTERS = [
    b"Subject: IMAP break\r\n\r\nx\r\n",
    b"Subject: break the IMAP\r\n\r\nx\r\n",
    b"Subject: IMAP\r\n\r\nx\r\n",
    b"Subject: other\r\n\r\nthere is a break in IMAP\r\n",
]


@pytest.fixture(params=["no index", "index"])
def mail(imap: Imap, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Imap:
    for letter in LETTERS:
        imap.put("INBOX", letter)
    if request.param == "index":
        monkeypatch.setattr(running, "FEW", 0)
        fill(imap.store)
    imap.signed_in(select="INBOX")
    return imap


@pytest.mark.parametrize(
    ("keys", "numbers"),
    [
        ('FUZZY (SUBJECT "IMAP break")', " 1 2"),
        ('SUBJECT "IMAP break"', " 1"),
        ('FUZZY TEXT "break imap"', " 1 2 4"),
        ('FUZZY BODY "break imap"', " 4"),
        ('FUZZY SUBJECT "break imap" BODY "x"', " 1 2"),
        ('FUZZY NOT SUBJECT "break imap"', " 3 4"),
        ('FUZZY OR SUBJECT "break imap" UID 3', " 1 2 3"),
        ('NOT FUZZY FUZZY (SUBJECT "break imap" ALL)', " 3 4"),
        ("FUZZY SEEN", ""),
        ('FUZZY SUBJECT ""', " 1 2 3 4"),
        ("FUZZY SENTON 1-Jan-2024", ""),
    ],
)
def test_words_in_any_order(mail: Imap, keys: str, numbers: str) -> None:
    """RFC 6203 §3; only what stands behind FUZZY is matched so."""
    assert mail.say(f"a SEARCH {keys}\r\n".encode()).startswith(f"* SEARCH{numbers}\r\n".encode())


def test_relevancy(mail: Imap) -> None:
    """RFC 6203 §4: the whole string in a subject is best, words in a body are least."""
    said = mail.say(b'B1 SEARCH RETURN (RELEVANCY ALL) FUZZY TEXT "imap break"\r\n')
    assert said.startswith(b'* ESEARCH (TAG "B1") RELEVANCY (100 40 10) ALL 1:2,4\r\n')


@pytest.mark.parametrize("keys", ["FUZZY", "FUZZY FUZZY", "FUZZY NONSENSE", "FUZZY()"])
def test_fuzzy_needs_a_key(mail: Imap, keys: str) -> None:
    assert mail.say(f"a SEARCH {keys}\r\n".encode()).startswith(b"a BAD ")
