"""SEARCH: every key, joined in every way, and what limits it."""

import pytest

from mailsuite.wire.limits import Limits
from tests.imap.people import Imap

ONE = (
    b"From: Bob <bob@example.org>\r\nTo: ann@example.test\r\nCc: carl@example.net\r\n"
    b"Date: Mon, 1 Jan 2024 23:30:00 -0500\r\nSubject: =?utf-8?q?h=C3=A9llo?= there\r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nfirst words\r\n--x\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"Y2Fmw6kgYXUgbGFpdA==\r\n--x--\r\n"
)
TWO = b"From: Dora <dora@example.org>\r\nSubject: other\r\nX-Tuid: 12345\r\n\r\nsecond words\r\n"


@pytest.fixture
def mail(imap: Imap) -> Imap:
    imap.put("INBOX", ONE, "\\Seen", "$Work", date=1_700_000_000)  # 14 Nov 2023
    imap.put("INBOX", TWO, "\\Flagged", date=1_710_000_000)  # 9 Mar 2024
    imap.put("INBOX", TWO + b"x" * 5000 + b"\r\n", "\\Answered", "\\Draft", date=1_710_000_000)
    imap.signed_in(select="INBOX")
    return imap


def found(imap: Imap, keys: str, verb: str = "SEARCH") -> str:
    said = imap.say(f"a {verb} {keys}\r\n".encode())
    line, _, ending = said.partition(b"\r\n")
    assert ending.startswith(b"a OK"), said
    return line.decode().removeprefix("* SEARCH").strip()


@pytest.mark.parametrize(
    ("keys", "numbers"),
    [
        ("ALL", "1 2 3"),
        ("2:*", "2 3"),
        ("*", "3"),
        ("1,3", "1 3"),
        ("90:99", ""),
        ("UID 2", "2"),
        ("SEEN", "1"),
        ("UNSEEN", "2 3"),
        ("FLAGGED", "2"),
        ("UNFLAGGED", "1 3"),
        ("ANSWERED", "3"),
        ("UNANSWERED", "1 2"),
        ("DRAFT", "3"),
        ("UNDRAFT", "1 2"),
        ("DELETED", ""),
        ("UNDELETED", "1 2 3"),
        ("RECENT", ""),
        ("NEW", ""),
        ("OLD", "1 2 3"),
        ("KEYWORD $work", "1"),
        ("UNKEYWORD $Work", "2 3"),
        ("KEYWORD never", ""),
        ("LARGER 1000", "3"),
        ("SMALLER 1000", "1 2"),
        ("BEFORE 1-Jan-2024", "1"),
        ("ON 9-Mar-2024", "2 3"),
        ("SINCE 14-Nov-2023", "1 2 3"),
        ("SENTON 1-Jan-2024", "1"),
        ("SENTBEFORE 1-Jan-2024", ""),
        ('SENTSINCE "1-Jan-2024"', "1"),
        ("FROM bob", "1"),
        ("FROM DORA", "2 3"),
        ("TO ann", "1"),
        ("CC carl", "1"),
        ("BCC x", ""),
        ("SUBJECT there", "1"),
        ("SUBJECT other", "2 3"),
        ("HEADER X-TUID 12345", "2 3"),
        ('HEADER x-tuid ""', "2 3"),
        ("HEADER x-tuid 999", ""),
        ("BODY words", "1 2 3"),
        ("BODY first", "1"),
        ("BODY Subject", ""),
        ("BODY lait", "1"),
        ("TEXT there", "1"),
        ("TEXT second", "2 3"),
        ("TEXT x-tuid", "2 3"),
        ("NOT SEEN", "2 3"),
        ("NOT NOT SEEN", "1"),
        ("OR SEEN FLAGGED", "1 2"),
        ("OR OR SEEN FLAGGED ANSWERED", "1 2 3"),
        ("SEEN FLAGGED", ""),
        ("(SEEN)", "1"),
        ("NOT (OR SEEN (FLAGGED SUBJECT other))", "3"),
        ("OR (SEEN) NOT (BODY second)", "1"),
        ("((((ALL)))) 1", "1"),
        ("NOT 1 NOT 2", "3"),
    ],
)
def test_each_key_finds_what_its_rfc_says(mail: Imap, keys: str, numbers: str) -> None:
    assert found(mail, keys) == numbers


@pytest.mark.parametrize("charset", ["", "CHARSET utf-8 "])
def test_text_is_compared_decoded_and_without_case(mail: Imap, charset: str) -> None:
    for keys in ("SUBJECT", "TEXT"):
        assert found(mail, f'{charset}{keys} "HÉLLO THERE"') == "1"
    assert found(mail, f'{charset}BODY "CAFÉ AU"') == "1"


def test_uids_where_uids_were_asked_for(mail: Imap) -> None:
    mail.say(b"s STORE 1 +FLAGS.SILENT (\\Deleted)\r\n")
    mail.say(b"e EXPUNGE\r\n")
    assert (found(mail, "ALL"), found(mail, "ALL", "UID SEARCH")) == ("1 2", "2 3")
    assert found(mail, "1", "UID SEARCH") == "2"


def test_an_unknown_charset(mail: Imap) -> None:
    """Those that are known are listed (RFC 9051 §6.4.4)."""
    said = mail.say(b"a SEARCH CHARSET X-MINE ALL\r\n")
    assert said.startswith(b"a NO [BADCHARSET (US-ASCII ")
    assert b" UTF-8 " in said
    assert b" KOI8-R " in said


def test_charsets_of_mail_are_charsets_of_searches(mail: Imap) -> None:
    for charset, octets in ((b"iso-8859-1", b"h\xe9llo"), (b"Macintosh", b"h\x8ello")):
        said = mail.say(b"a SEARCH CHARSET %b SUBJECT {5+}\r\n%b\r\n" % (charset, octets))
        assert said.startswith(b"* SEARCH 1\r\n"), said


def test_accents_may_be_left_out(mail: Imap) -> None:
    """i;unicode-casemap takes a letter apart: what is looked for is its beginning (RFC 5051 §2)."""
    assert found(mail, "BODY cafe") == "1"
    assert found(mail, "SUBJECT hello") == ""  # but the accent stands between two letters


def test_after_utf8_accept_no_charset_is_named(mail: Imap) -> None:
    """RFC 9755 §3: there is one only."""
    mail.signed_in("u", select="INBOX")
    assert b"u OK" in mail.say(b"u ENABLE UTF8=ACCEPT\r\n", "u")
    assert mail.say(b"a SEARCH CHARSET UTF-8 ALL\r\n", "u").startswith(b"a BAD ")
    assert b"a OK" in mail.say(b"a SEARCH ALL\r\n", "u")


@pytest.mark.parametrize(
    ("keys", "numbers"),
    [
        ("SAVEDBEFORE 15-Jan-2027", ""),
        ("SAVEDON 15-Jan-2027", "1 2 3"),
        ("SAVEDSINCE 15-Jan-2027", "1 2 3"),
        ("SAVEDSINCE 16-Jan-2027", ""),
        ("SAVEDATESUPPORTED", "1 2 3"),
    ],
)
def test_save_dates(mail: Imap, keys: str, numbers: str) -> None:
    """RFC 8514 §4.3; the store's clock stands at 15 Jan 2027."""
    assert found(mail, keys) == numbers


@pytest.mark.parametrize(
    "keys",
    [
        "",
        "NONSENSE",
        "NOT",
        "OR SEEN",
        "(SEEN",
        "SEEN)",
        "()",
        "SUBJECT",
        "ON 99-Jan-2024",
        "ON 1-Foo-2024",
        "CHARSET UTF-8",
        "LARGER x",
        "ALL ",
        "KEYWORD",
        "ALL,1",
        "(SEEN)(SEEN)",
    ],
)
def test_nonsense_is_bad(mail: Imap, keys: str) -> None:
    assert mail.say(f"a SEARCH {keys}\r\n".encode()).startswith(b"a BAD ")


@pytest.mark.threat("I6")
@pytest.mark.parametrize("keys", [b"ALL " * 10_000, b"NOT " * 10_000, b"OR " * 9_000, b"(" * 9_000])
def test_ten_thousand_keys_are_refused(mail: Imap, keys: bytes) -> None:
    assert mail.say(b"a SEARCH " + keys + b"ALL\r\n").startswith(b"a BAD ")


@pytest.mark.threat("I6")
def test_a_thousand_keys_nested_are_no_trouble(mail: Imap) -> None:
    assert found(mail, "NOT " * 900 + "SEEN") == "1"
    assert found(mail, "OR SEEN " * 400 + "FLAGGED") == "1 2"


@pytest.mark.threat("I6")
def test_a_search_has_its_time(store, tmp_path) -> None:
    imap = Imap(store, tmp_path, Limits(imap_search_seconds=0))
    imap.put()
    imap.signed_in(select="INBOX")
    assert imap.say(b"a SEARCH TEXT x\r\n").startswith(b"a NO [LIMIT]")


def test_no_body_is_read_where_flags_decide(mail: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(*_: object) -> None:
        raise AssertionError("a body was read")

    monkeypatch.setattr("mailsuite.store.placements_read.read_messages", touched)
    assert found(mail, "SEEN DELETED BODY words") == ""
    assert found(mail, "OR ALL TEXT words") == "1 2 3"
