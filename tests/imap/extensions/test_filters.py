"""FILTERS: searches that are kept under a name."""

import pytest

from mailsuite.store.annotations import SERVER, set_annotations
from tests.imap.people import Imap, now

BOSS = b"From: boss@example.com\r\nSubject: now\r\n\r\n" + b"x" * 6_000
SMALL = b"From: x@example.org\r\nSubject: later\r\n\r\n"
LARGE = SMALL + b"x" * 6_000


@pytest.fixture
def mail(imap: Imap) -> Imap:
    """UIDs 1 to 4: of the boss, small, large, and small of 1994; and the RFC's filter."""
    for letter in (BOSS, SMALL, LARGE):
        imap.put("INBOX", letter)
    imap.put("INBOX", SMALL, date=800_000_000)
    imap.signed_in(select="INBOX")
    keep(imap, "on-the-road", r"OR SMALLER 5000 FROM \"boss@example.com\"")
    return imap


def keep(imap: Imap, name: str, value: str) -> None:
    said = imap.say(f'a SETMETADATA "" (/private/filters/values/{name} "{value}")\r\n'.encode())
    assert said.startswith(b"a OK"), said


def share(imap: Imap, name: str, value: bytes) -> None:
    entry = {f"/shared/filters/values/{name}": value}
    account = imap.porter.accounts["ann"].id
    now(imap.store.writer.run(set_annotations, SERVER, account, entry))


def found(imap: Imap, keys: str) -> str:
    said = imap.say(f"a UID SEARCH {keys}\r\n".encode()).decode()
    return said.split("\r\n", maxsplit=1)[0].removeprefix("* SEARCH").strip()


def test_the_examples_of_rfc_5466(mail: Imap) -> None:
    """§3.1, §3.2: the filter's keys as if they were written there."""
    mail.dialogue(r"""
        C: a007 SETMETADATA "" (/private/filters/values/on-the-road "OR SMALLER 5000 FROM \"boss@example.com\"")
        S: a007 OK ...
        C: a SEARCH UID 1:900 FILTER on-the-road SINCE "3-Dec-2002"
        S: * SEARCH 1 2
        S: a OK ...
        C: b SEARCH UID 1:900 OR SMALLER 5000 FROM "boss@example.com" SINCE "3-Dec-2002"
        S: * SEARCH 1 2
        S: b OK ...
    """)


@pytest.mark.parametrize(
    ("keys", "uids"),
    [
        ("FILTER on-the-road", "1 2 4"),
        ("FILTER ON-THE-ROAD", "1 2 4"),
        ("NOT FILTER on-the-road", "3"),
        ("OR FILTER on-the-road UID 3", "1 2 3 4"),
        ("(FILTER on-the-road LARGER 5000)", "1"),
        ("FUZZY FILTER on-the-road", "1 2 4"),
        ("RETURN (SAVE) FILTER on-the-road", "a OK SEARCH completed"),
        ("CHARSET UTF-8 FILTER on-the-road", "1 2 4"),
    ],
)
def test_it_stands_where_a_key_may(mail: Imap, keys: str, uids: str) -> None:
    assert found(mail, keys) == uids


def test_a_filter_of_several_keys_is_one(mail: Imap) -> None:
    keep(mail, "two", "LARGER 5000 UID 1:2")
    assert found(mail, "NOT FILTER two") == "2 3 4"


def test_filters_in_filters(mail: Imap) -> None:
    """§3.1: three substitutions at least."""
    keep(mail, "a", "FILTER b SINCE 1-Jan-2000")
    keep(mail, "b", "NOT FILTER c")
    keep(mail, "c", "NOT FILTER on-the-road")
    assert found(mail, "FILTER a") == "1 2"


def test_one_s_own_goes_before_the_shared_one(mail: Imap) -> None:
    share(mail, "on-the-road", b"UID 3")
    share(mail, "ours", b"UID 4")
    assert found(mail, "FILTER on-the-road") == "1 2 4"
    assert found(mail, "FILTER ours") == "4"
    mail.say(b'x SETMETADATA "" (/private/filters/values/on-the-road NIL)\r\n')
    assert found(mail, "FILTER on-the-road") == "3"


def test_nobody_uses_another_one_s(mail: Imap) -> None:
    mail.signed_in("2", "bob", select="INBOX")
    assert mail.say(b"a SEARCH FILTER on-the-road\r\n", "2").startswith(
        b"a NO [UNDEFINED-FILTER on-the-road]"
    )


@pytest.mark.threat("I6")
def test_loops_and_what_grows_without_end(mail: Imap) -> None:
    """A loop is a filter that is not there (§3.1); a thousand keys are the most."""
    keep(mail, "self", "FILTER self")
    assert mail.say(b"a SEARCH FILTER self\r\n").startswith(b"a NO [UNDEFINED-FILTER self]")
    keep(mail, "ping", "FILTER pong")
    keep(mail, "pong", "FILTER ping")
    assert b"a NO [UNDEFINED-FILTER " in mail.say(b"a SEARCH FILTER ping\r\n")
    for level in range(8):
        inner = f"FILTER x{level - 1} " * 10 if level else "ALL " * 10
        keep(mail, f"x{level}", inner.strip())
    assert mail.say(b"a SEARCH FILTER x7\r\n").startswith(b"a NO [LIMIT]")
    assert found(mail, "FILTER x1") == "1 2 3 4"


def test_what_is_not_there_empties_what_was_kept(mail: Imap) -> None:
    mail.dialogue("""
        C: a SEARCH RETURN (SAVE) ALL
        S: a OK ...
        C: b SEARCH RETURN (SAVE) FILTER nobody
        S: b NO [UNDEFINED-FILTER nobody] ...
        C: c SEARCH $
        S: * SEARCH
        S: c OK ...
        C: d SEARCH CHARSET KOI8-R FILTER on-the-road
        S: d BAD [BADCHARSET ...
        C: e SEARCH FILTER a/b
        S: e BAD ...
        C: f SEARCH FILTER "on-the-road"
        S: f BAD ...
        C: g SEARCH FILTER
        S: g BAD ...
    """)


@pytest.mark.parametrize(
    "value", ["OR SMALLER", "NONSENSE", "", "(ALL", "SUBJECT {3}", "CHARSET UTF-8 ALL", "ALL "]
)
def test_what_is_no_search_is_not_kept(mail: Imap, value: str) -> None:
    """§3.2; and one that came to be there is as if it were not (§3.1)."""
    said = mail.say(f'a SETMETADATA "" (/private/filters/values/bad "{value}")\r\n'.encode())
    assert said.startswith(b"a NO [CANNOT]")
    share(mail, "bad", value.encode())
    assert mail.say(b"b SEARCH FILTER bad\r\n").startswith(b"b NO [UNDEFINED-FILTER bad]")


def test_in_other_searching_commands(mail: Imap) -> None:
    mail.dialogue("""
        C: a UID SORT (SIZE) UTF-8 FILTER on-the-road LARGER 5000
        S: * SORT 1
        S: a OK ...
        C: b ESEARCH IN (inboxes) FILTER on-the-road
        S: * ESEARCH (TAG "b" MAILBOX INBOX UIDVALIDITY ...) UID ALL 1:2,4
        S: b OK ...
    """)
