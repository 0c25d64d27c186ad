"""STORE: what changes, what is told to whom."""

import pytest

from tests.imap.people import Imap


@pytest.fixture
def two(imap: Imap) -> Imap:
    """Three messages, and two clients that have selected their mailbox."""
    for _ in range(3):
        imap.put()
    imap.signed_in(select="INBOX")
    imap.signed_in("1", select="INBOX")
    return imap


def test_the_outcome_is_told_to_both(two: Imap) -> None:
    two.dialogue("""
        C: a STORE 1:2 +FLAGS (\\Deleted)
        S: * 1 FETCH (FLAGS (\\Deleted))
        S: * 2 FETCH (FLAGS (\\Deleted))
        S: a OK ...
        C1: b NOOP
        S1: * 1 FETCH (FLAGS (\\Deleted))
        S1: * 2 FETCH (FLAGS (\\Deleted))
        S1: b OK ...
        C: c UID STORE 2 -FLAGS \\Deleted \\Seen
        S: * 2 FETCH (UID 2 FLAGS ())
        S: c OK ...
        C: d NOOP
        S: d OK ...
    """)


def test_silent_is_silent_but_for_others(two: Imap) -> None:
    two.dialogue("""
        C: a STORE 1 FLAGS.SILENT (\\Draft)
        S: a OK ...
        C: b NOOP
        S: b OK ...
        C1: c NOOP
        S1: * 1 FETCH (FLAGS (\\Draft))
        S1: c OK ...
    """)


def test_silence_does_not_hide_what_another_client_did(two: Imap) -> None:
    """Else the two would show different flags for ever."""
    two.dialogue("""
        C1: a STORE 1 +FLAGS.SILENT (\\Flagged)
        S1: a OK ...
        C: b STORE 1 +FLAGS.SILENT (\\Seen)
        S: * 1 FETCH (FLAGS (\\Seen \\Flagged))
        S: b OK ...
        C1: c NOOP
        S1: * 1 FETCH (FLAGS (\\Seen \\Flagged))
        S1: c OK ...
    """)


def test_a_new_keyword_is_announced_before_it_is_used(two: Imap) -> None:
    two.dialogue("""
        C: a STORE 1 +FLAGS ($Forwarded)
        S: * FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $Forwarded)
        S: * OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $Forwarded \\*)] ...
        S: * 1 FETCH (FLAGS ($Forwarded))
        S: a OK ...
        C1: b NOOP
        S1: * FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $Forwarded)
        S1: * OK [PERMANENTFLAGS ...
        S1: * 1 FETCH (FLAGS ($Forwarded))
        S1: b OK ...
    """)


@pytest.mark.threat("I16")
def test_no_expunge_is_told_during_it(two: Imap) -> None:
    two.dialogue("""
        C1: a STORE 1 +FLAGS.SILENT (\\Deleted)
        S1: a OK ...
        C1: b EXPUNGE
        S1: * 1 EXPUNGE
        S1: b OK ...
        C: c STORE 1:3 +FLAGS (\\Seen)
        S: * 2 FETCH (FLAGS (\\Seen))
        S: * 3 FETCH (FLAGS (\\Seen))
        S: c OK ...
        C: d NOOP
        S: * 1 EXPUNGE
        S: d OK ...
        C: e FETCH 1:2 (UID)
        S: * 1 FETCH (UID 2)
        S: * 2 FETCH (UID 3)
        S: e OK ...
    """)


def test_read_only_mailboxes_stay_as_they_are(two: Imap) -> None:
    two.say(b"s EXAMINE INBOX\r\n")
    assert two.say(b"a STORE 1 +FLAGS (\\Seen)\r\n").startswith(b"a NO ")


@pytest.mark.parametrize(
    "change",
    [
        "FLAGS",
        "FLAG (x)",
        "+FLAGS (\\Nonsense)",
        "+FLAGS (a(b)",
        "FLAGS ()x",
        "(NOSUCH 1) FLAGS ()",
    ],
)
def test_nonsense_is_bad(two: Imap, change: str) -> None:
    assert two.say(f"a STORE 1 {change}\r\n".encode()).startswith(b"a BAD ")


@pytest.mark.threat("I14")
def test_keywords_are_counted(two: Imap) -> None:
    names = " ".join(f"k{n}" for n in range(58))
    said = two.say(f"a STORE 1 +FLAGS.SILENT ({names})\r\n".encode())
    assert b"\\*" not in said  # no more can be made
    assert two.say(b"b STORE 1 +FLAGS (one)\r\n").startswith(b"b NO [LIMIT]")


def test_recent_sent_back_is_passed_over(two: Imap) -> None:
    assert two.say(b"a STORE 1 FLAGS.SILENT (\\Recent \\Seen)\r\n").startswith(b"a OK")
    assert two.say(b"b FETCH 1 FLAGS\r\n").startswith(b"* 1 FETCH (FLAGS (\\Seen))")
