"""PARTIAL: a page of what was found, and of what is fetched."""

import pytest

from mailsuite.imap.answers import Bad
from mailsuite.imap.extensions.partial import read_range
from mailsuite.imap.grammar import Cursor
from tests.imap.people import Imap


@pytest.fixture
def mail(imap: Imap) -> Imap:
    r"""UIDs 2 to 9, of which 4 is \Seen."""
    imap.put()
    for uid in range(2, 10):
        imap.put("INBOX", b"Subject: x\r\n\r\n", *(["\\Seen"] if uid == 4 else []))
    imap.signed_in(select="INBOX")
    imap.say(b"x STORE 1 +FLAGS (\\Deleted)\r\ny EXPUNGE\r\n")
    return imap


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ("1:3", "2:3,5"),
        ("3:1", "2:3,5"),
        ("4:6", "6:8"),
        ("6:100", "8:9"),
        ("8:100", "NIL"),
        ("-1:-2", "8:9"),
        ("-2:-1", "8:9"),
        ("-6:-100", "2:3"),
        ("-8:-9", "NIL"),
        ("1:4294967295", "2:3,5:9"),
    ],
)
def test_a_page_of_the_results(mail: Imap, places: str, found: str) -> None:
    """RFC 9394 §3.1: counted from either end; what is beyond it is missing, or NIL."""
    mail.dialogue(f"""
        C: A01 UID SEARCH RETURN (PARTIAL {places}) UNSEEN
        S: * ESEARCH (TAG "A01") UID PARTIAL ({places} {found})
        S: A01 OK ...
    """)


def test_pages_in_numbers_and_beside_other_options(mail: Imap) -> None:
    mail.dialogue("""
        C: a SEARCH RETURN (PARTIAL -1:-2 COUNT MIN) UNSEEN
        S: * ESEARCH (TAG "a") PARTIAL (-1:-2 7:8) COUNT 7 MIN 1
        S: a OK ...
    """)


def test_three_pages_at_once(imap: Imap) -> None:
    """RFC 9394 §3.1, and RFC 5267 §4.4, its example in small: 26 results."""
    for _ in range(26):
        imap.put()
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C!: A02 UID SEARCH RETURN (PARTIAL 23:32) UNDELETED UNKEYWORD $Junk\r\nA03 UID SEARCH RETURN (PARTIAL 1:10) UNDELETED UNKEYWORD $Junk\r\nA04 UID SEARCH RETURN (PARTIAL 33:42) UNDELETED UNKEYWORD $Junk\r\n
        S: * ESEARCH (TAG "A02") UID PARTIAL (23:32 23:26)
        S: A02 OK ...
        S: * ESEARCH (TAG "A03") UID PARTIAL (1:10 1:10)
        S: A03 OK ...
        S: * ESEARCH (TAG "A04") UID PARTIAL (33:42 NIL)
        S: A04 OK ...
        C: A01 UID SEARCH RETURN (PARTIAL -1:-10) UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "A01") UID PARTIAL (-1:-10 17:26)
        S: A01 OK ...
    """)


@pytest.mark.parametrize(
    "options",
    [
        "ALL PARTIAL 1:2",
        "PARTIAL 1:2 ALL",
        "PARTIAL 1:2 PARTIAL 3:4",
        "PARTIAL",
        "PARTIAL 1",
        "PARTIAL 0:1",
        "PARTIAL 1:*",
        "PARTIAL -1:2",
        "PARTIAL 1:-2",
        "PARTIAL -0:-1",
        "PARTIAL 1:4294967296",
        "PARTIAL 1:2,4",
    ],
)
def test_what_is_no_page(mail: Imap, options: str) -> None:
    assert mail.say(f"a SEARCH RETURN ({options}) ALL\r\n".encode()).startswith(b"a BAD ")


def test_a_page_of_the_messages_to_fetch(mail: Imap) -> None:
    """RFC 9394 §3.3, its two examples."""
    mail.dialogue(r"""
        C: 10 UID FETCH 2:8 (UID FLAGS) (PARTIAL -1:-3)
        S: * 5 FETCH (UID 6 FLAGS ())
        S: * 6 FETCH (UID 7 FLAGS ())
        S: * 7 FETCH (UID 8 FLAGS ())
        S: 10 OK ...
        C: 11 UID FETCH 2:8 (UID FLAGS) (PARTIAL 1:3)
        S: * 1 FETCH (UID 2 FLAGS ())
        S: * 2 FETCH (UID 3 FLAGS ())
        S: * 3 FETCH (UID 4 FLAGS (\Seen))
        S: 11 OK ...
        C: 12 UID FETCH 2:8 (UID FLAGS) (PARTIAL 8:9)
        S: 12 OK ...
        C: 13 FETCH 1:3 (FLAGS) (PARTIAL 1:3)
        S: 13 BAD ...
    """)


@pytest.mark.parametrize(
    "modifiers", ["PARTIAL -1:-3 CHANGEDSINCE $modseq", "CHANGEDSINCE $modseq PARTIAL -1:-3"]
)
def test_of_the_page_only_what_changed(mail: Imap, modifiers: str) -> None:
    """RFC 9394 §3.4: the page is cut first, whatever the order of the modifiers."""
    mail.dialogue(rf"""
        C: a STATUS INBOX (HIGHESTMODSEQ)
        S: * OK [HIGHESTMODSEQ $modseq] ...
        S: * STATUS INBOX (HIGHESTMODSEQ $modseq)
        S: a OK ...
        C: b UID STORE 4,8 +FLAGS.SILENT (\Flagged)
        S*: b OK ...
        C: 101 UID FETCH 2:9 (UID FLAGS) ({modifiers})
        S: * 7 FETCH (UID 8 FLAGS (\Flagged) MODSEQ (...))
        S: 101 OK ...
    """)


def test_a_range_is_read_as_it_is_told() -> None:
    places = read_range(Cursor([b"-500:-400"]))
    assert (places.text, places.low, places.high, places.extent) == (b"-500:-400", 400, 500, 101)
    with pytest.raises(Bad):
        read_range(Cursor([b"-500:400"]))
