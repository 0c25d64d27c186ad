r"""IMAP4rev2 (RFC 9051 Appendix E) beside IMAP4rev1: who has enabled it, and who has not."""

import pytest

from tests.imap.people import Imap


@pytest.fixture
def both(imap: Imap) -> Imap:
    """Two messages; the nameless client speaks IMAP4rev2, `1` IMAP4rev1."""
    imap.put()
    imap.put("INBOX", b"Subject: x\r\n\r\n", "\\Seen")
    imap.signed_in("1")
    imap.signed_in()
    imap.dialogue("""
        C: e ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: e OK ...
    """)
    return imap


def test_select_tells_the_name_and_nothing_of_recent_and_unseen(both: Imap) -> None:
    """RFC 9051 §6.3.2, both examples."""
    both.dialogue(r"""
        C: A142 SELECT inbox
        S: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft)
        S: * OK [PERMANENTFLAGS (\Seen \Answered \Flagged \Deleted \Draft \*)] ...
        S: * 2 EXISTS
        S: * OK [UIDVALIDITY ...
        S: * OK [UIDNEXT 3] ...
        S: * OK [HIGHESTMODSEQ 3] ...
        S*: * LIST () "/" INBOX
        S*: A142 OK [READ-WRITE] SELECT completed
        C: A143 SELECT Drafts
        S: * OK [CLOSED] Previous mailbox is now closed
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ...
        S: * 0 EXISTS
        S*: * LIST (\Drafts) "/" Drafts
        S*: A143 OK [READ-WRITE] SELECT completed
        C1: A142 SELECT INBOX
        S1: * FLAGS ...
        S1: * OK [PERMANENTFLAGS ...
        S1: * 2 EXISTS
        S1: * 0 RECENT
        S1*: * OK [UNSEEN 1] ...
        S1*: A142 OK [READ-WRITE] SELECT completed
    """)


def test_what_is_told_unasked_bears_the_uid(both: Imap) -> None:
    both.say(b"s SELECT INBOX\r\n")
    both.say(b"s SELECT INBOX\r\nx STORE 1 +FLAGS.SILENT (\\Flagged)\r\n", "1")
    both.put()
    both.dialogue(r"""
        C: a NOOP
        S: * 3 EXISTS
        S: * 1 FETCH (UID 1 FLAGS (\Flagged))
        S: a OK ...
        C1: a NOOP
        S1: * 3 EXISTS
        S1: * 0 RECENT
        S1: a OK ...
    """)


def test_search_is_answered_by_esearch(both: Imap) -> None:
    both.say(b"s SELECT INBOX\r\n")
    both.say(b"s SELECT INBOX\r\n", "1")
    both.dialogue("""
        C: A282 SEARCH SEEN
        S: * ESEARCH (TAG "A282") ALL 2
        S: A282 OK ...
        C: A283 UID SEARCH ALL
        S: * ESEARCH (TAG "A283") UID ALL 1:2
        S: A283 OK ...
        C1: A282 SEARCH SEEN
        S1: * SEARCH 2
        S1: A282 OK ...
    """)


def test_names_are_utf8_where_enabled_and_modified_utf7_where_not(both: Imap) -> None:
    """One mailbox, and two ways to write its name (RFC 9051 §5.1, Appendix A.1)."""
    both.dialogue("""
        C: a CREATE "Entwürfe & mehr"
        S*: a OK ...
        C: b STATUS "Entwürfe & mehr" (MESSAGES)
        S: * STATUS "Entwürfe & mehr" (MESSAGES 0)
        S: b OK ...
        C: c LIST "" "Entw*"
        S: * LIST (\\HasNoChildren) "/" "Entwürfe & mehr"
        S: c OK ...
        C: d SELECT "Entwürfe & mehr"
        S*: * LIST () "/" "Entwürfe & mehr"
        S*: d OK ...
        C1: a STATUS "Entw&APw-rfe &- mehr" (MESSAGES)
        S1: * STATUS "Entw&APw-rfe &- mehr" (MESSAGES 0)
        S1: a OK ...
        C1: b LIST "" "Entw*"
        S1: * LIST (\\HasNoChildren) "/" "Entw&APw-rfe &- mehr"
        S1: b OK ...
    """)


def test_a_literal_may_spell_a_name(both: Imap) -> None:
    both.dialogue("""
        C: a CREATE {6+}
        C: 日本
        S*: a OK ...
        C: b LIST "" %
        S*: * LIST (\\HasNoChildren) "/" "日本"
        S*: b OK ...
    """)


@pytest.mark.parametrize(
    "name",
    [
        rb'"\xff"',
        rb'"a\xc3"',
        rb'"\xed\xa0\x80"',
        rb'"a\xe2\x80\xa8b"',
        rb'"a\xc2\x85b"',
        rb'"a\x7fb"',
        rb"{1+}\r\n\xff",
    ],
)
@pytest.mark.threat("I4")
def test_what_is_no_net_unicode_is_bad(both: Imap, name: bytes) -> None:
    octets = name.decode("unicode_escape").encode("latin-1")
    said = both.say(b"a CREATE " + octets + b"\r\n")
    assert said.startswith((b"a BAD ", b"a NO [CANNOT]")), said


def test_before_enable_eight_bits_are_bad(both: Imap) -> None:
    assert both.say('a CREATE "Entwürfe"\r\n'.encode(), "1").startswith(b"a BAD ")


def test_utf8_accept_alone_changes_strings_and_nothing_else(imap: Imap) -> None:
    imap.put()
    imap.signed_in()
    imap.dialogue("""
        C: a ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: a OK ...
        C: b CREATE "ä"
        S*: b OK ...
        C: c STATUS "ä" (MESSAGES)
        S: * STATUS "ä" (MESSAGES 0)
        S: c OK ...
        C: d SELECT INBOX
        S*: * 0 RECENT
        S*: d OK ...
        C: e SEARCH ALL
        S: * SEARCH 1
        S: e OK ...
    """)


def test_enable_tells_only_what_is_new_and_changes_no_capability(imap: Imap) -> None:
    """RFC 9051 §6.3.1."""
    imap.signed_in()
    before = imap.say(b"t1 CAPABILITY\r\n").replace(b"t1 ", b"")
    imap.dialogue("""
        C: t2 ENABLE CONDSTORE X-GOOD-IDEA
        S: * ENABLED CONDSTORE
        S: t2 OK ...
        C: t3 ENABLE CONDSTORE
        S: * ENABLED
        S: t3 OK ...
        C: t4 ENABLE
        S: t4 BAD ...
    """)
    assert imap.say(b"t1 CAPABILITY\r\n").replace(b"t1 ", b"") == before
