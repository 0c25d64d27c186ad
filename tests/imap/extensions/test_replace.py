"""REPLACE (RFC 8508): one message for another, both or neither."""

import pytest

from tests.imap.people import LETTER, Imap

DRAFT = b"Subject: one\r\n\r\ndraft\r\n"


@pytest.fixture
def drafts(imap: Imap) -> Imap:
    """Ann on the nameless client, with three drafts, of which UID 2 is marked as deleted."""
    imap.signed_in(select="Drafts")
    for flags in ((), ("\\Deleted",), ("\\Draft",)):
        imap.put("Drafts", DRAFT, *flags)
    imap.say(b"n NOOP\r\n")
    return imap


@pytest.mark.parametrize(("verb", "number"), [("REPLACE", "3"), ("UID REPLACE", "3")])
def test_the_new_uid_is_told_before_the_expunge(drafts: Imap, verb: str, number: str) -> None:
    """The example of RFC 8508 §3.2, §3.3: only the one message goes, whatever is marked."""
    drafts.dialogue(rf"""
        C: A003 {verb} {number} Drafts (\Seen \Draft) {{17}}
        S: + OK
        C: Subject: two
        C:
        C: b
        S: * OK [APPENDUID $validity 4] Replaced
        S: * 3 EXPUNGE
        S: * 3 EXISTS
        S: * 0 RECENT
        S: A003 OK REPLACE completed
        C: b UID SEARCH ALL
        S: * SEARCH 1 2 4
        S: b OK ...
        C: c UID FETCH 4 FLAGS
        S: * 3 FETCH (UID 4 FLAGS (\Seen \Draft))
        S: c OK ...
    """)


def test_into_another_mailbox(drafts: Imap) -> None:
    """A draft that was sent goes, and what was sent comes into Sent (§3.4)."""
    drafts.dialogue(r"""
        C: a UID REPLACE 3 Sent {4+}
        C: a: b
        S: * OK [APPENDUID $validity 1] Replaced
        S: * 3 EXPUNGE
        S: a OK REPLACE completed
        C: b STATUS Sent (MESSAGES)
        S: * STATUS Sent (MESSAGES 1)
        S: b OK ...
    """)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"REPLACE 1:2 Drafts {3+}\r\nabc\r\n", b"a BAD"),
        (b"REPLACE 9 Drafts {3+}\r\nabc\r\n", b"a BAD"),
        (b"UID REPLACE 9 Drafts {3+}\r\nabc\r\n", b"a NO [NONEXISTENT]"),
        (b"REPLACE 1 Nowhere {3+}\r\nabc\r\n", b"a NO [TRYCREATE]"),
        (b"REPLACE 1 Drafts {3+}\r\nabc {3+}\r\nabc\r\n", b"a BAD"),
        (b"REPLACE 1 Drafts\r\n", b"a BAD"),
        (b"REPLACE 1 Drafts {0+}\r\n\r\n", b"a NO"),
    ],
)
def test_what_fails_changes_nothing(drafts: Imap, command: bytes, answer: bytes) -> None:
    said = drafts.say(b"a " + command + b"b STATUS Drafts (MESSAGES UIDNEXT)\r\n")
    assert said.startswith(answer), said
    assert said.count(b"\r\n") == 3, said
    assert b"(MESSAGES 3 UIDNEXT 4)" in said


def test_a_mailbox_that_is_only_read_is_not_changed(drafts: Imap) -> None:
    drafts.say(b"e EXAMINE Drafts\r\n")
    assert drafts.say(b"a REPLACE 1 Drafts {3}\r\n").startswith(b"a NO")


def test_only_the_net_counts_against_the_quota(store, tmp_path) -> None:
    """RFC 8508 §3.4: an account that is full can still save its draft again."""
    imap = Imap(store, tmp_path, quota_octets=len(LETTER) + 2, quota_messages=1)
    imap.signed_in()
    imap.put("Drafts")
    imap.say(b"s SELECT Drafts\r\n")
    assert imap.say(b"a APPEND Drafts {3}\r\n").startswith(b"a NO [OVERQUOTA]")
    assert imap.say(b"b REPLACE 1 Drafts {%d}\r\n" % (len(LETTER) + 3)).startswith(
        b"b NO [OVERQUOTA]"
    )
    said = imap.say(b"c REPLACE 1 Drafts {%d+}\r\n%b\r\n" % (len(LETTER) + 2, LETTER + b"xy"))
    assert said.endswith(b"c OK REPLACE completed\r\n"), said


def test_a_message_that_went_meanwhile_is_not_replaced(drafts: Imap) -> None:
    """What came is dropped: the client hears NO, and asks what there is."""
    drafts.signed_in("2", select="Drafts")
    drafts.say(b"a REPLACE 2 Drafts {3}\r\n")
    drafts.say(b"x EXPUNGE\r\n", "2")
    said = drafts.say(b"abc\r\nb STATUS Drafts (MESSAGES)\r\n")
    assert said.startswith(b"* 2 EXPUNGE\r\na NO [NONEXISTENT]"), said
    assert b"(MESSAGES 2)" in said
