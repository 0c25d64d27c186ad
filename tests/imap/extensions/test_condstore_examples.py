r"""The examples of RFC 7162 §3.1, by their numbers, on a mailbox of ours.

Ten messages, UIDs 1 to 10 and modseqs 2 to 11; the nameless client has selected it, `1` too.
2 (NOMODSEQ) never happens here.
"""

import pytest

from tests.imap.people import Imap


@pytest.fixture
def ten(imap: Imap) -> Imap:
    for _ in range(10):
        imap.put()
    imap.signed_in(select="INBOX")
    imap.signed_in("1", select="INBOX")
    return imap


@pytest.fixture
def aware(ten: Imap) -> Imap:
    """The nameless client is CONDSTORE-aware."""
    ten.say(b"e ENABLE CONDSTORE\r\n")
    return ten


def test_example_1_and_18_the_mailbox_has_a_modseq(imap: Imap) -> None:
    imap.put()
    imap.signed_in()
    for number, parameter in enumerate(("", " (CONDSTORE)")):
        imap.dialogue(rf"""
            C: A142 SELECT INBOX{parameter}
            {"S: * OK [CLOSED] ..." if number else ""}
            S: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft)
            S: * OK [PERMANENTFLAGS (\Seen \Answered \Flagged \Deleted \Draft \*)] ...
            S: * 1 EXISTS
            S: * 0 RECENT
            S: * OK [UIDVALIDITY ...
            S: * OK [UIDNEXT 2] ...
            S: * OK [HIGHESTMODSEQ 2] ...
            S*: * OK [UNSEEN 1] ...
            S: A142 OK [READ-WRITE] SELECT completed
        """)


def test_example_3_all_pass(aware: Imap) -> None:
    aware.dialogue(r"""
        C: a103 UID STORE 6,4,8 (UNCHANGEDSINCE 11) +FLAGS.SILENT (\Deleted)
        S: * 4 FETCH (UID 4 MODSEQ (12))
        S: * 6 FETCH (UID 6 MODSEQ (12))
        S: * 8 FETCH (UID 8 MODSEQ (12))
        S: a103 OK STORE completed
    """)


def test_example_4_the_last_message(aware: Imap) -> None:
    aware.dialogue(r"""
        C: a104 STORE * (UNCHANGEDSINCE 11) +FLAGS.SILENT (\Deleted $Processed)
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ...
        S: * 10 FETCH (UID 10 MODSEQ (12))
        S: a104 OK STORE completed
    """)


def test_example_5_the_first_enabling_command_tells_the_modseq(ten: Imap) -> None:
    ten.dialogue(r"""
        C: c101 STORE 10 (UNCHANGEDSINCE 11) -FLAGS.SILENT (\Deleted)
        S: * OK [HIGHESTMODSEQ 11] ...
        S: * 10 FETCH (UID 10 MODSEQ (11))
        S: c101 OK STORE completed
    """)


def test_example_6_and_7_why_the_others_failed(aware: Imap) -> None:
    """What failed is told, whether the client has heard of it (9) or not (7)."""
    aware.say(b"x STORE 9 FLAGS.SILENT (\\Answered)\r\n", "1")
    aware.say(b"n NOOP\r\n")
    aware.say(b"x STORE 7 FLAGS.SILENT (\\Seen \\Deleted)\r\n", "1")
    aware.dialogue(r"""
        C: d105 STORE 7,5,9 (UNCHANGEDSINCE 11) +FLAGS.SILENT (\Deleted)
        S: * 5 FETCH (UID 5 MODSEQ (14))
        S: * 9 FETCH (UID 9 FLAGS (\Answered) MODSEQ (12))
        S: * 7 FETCH (UID 7 FLAGS (\Seen \Deleted) MODSEQ (13))
        S: d105 OK [MODIFIED 7,9] ...
    """)


def test_example_8_nothing_is_older_than_0(aware: Imap) -> None:
    aware.dialogue("""
        C: a102 STORE 10 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($MDNSent)
        S: * 10 FETCH (UID 10 FLAGS () MODSEQ (11))
        S: a102 OK [MODIFIED 10] ...
    """)


def test_example_9_and_10_the_client_tries_again(aware: Imap) -> None:
    aware.say(b"x STORE 2 +FLAGS.SILENT (\\Flagged)\r\n", "1")
    aware.dialogue(r"""
        C: a106 STORE 1:3 (UNCHANGEDSINCE 11) +FLAGS.SILENT (\Answered)
        S: * 1 FETCH (UID 1 MODSEQ (13))
        S: * 3 FETCH (UID 3 MODSEQ (13))
        S: * 2 FETCH (UID 2 FLAGS (\Flagged) MODSEQ (12))
        S: a106 OK [MODIFIED 2] ...
        C: b108 STORE 2 (UNCHANGEDSINCE 12) +FLAGS.SILENT (\Answered)
        S: * 2 FETCH (UID 2 MODSEQ (14))
        S: b108 OK STORE completed
    """)


def test_example_11_some_are_expunged_meanwhile(aware: Imap) -> None:
    """The EXPUNGEs wait for a command that does not count; till then no higher modseq is safe."""
    aware.say(b"x STORE 4:7 +FLAGS.SILENT (\\Deleted)\r\nx EXPUNGE\r\n", "1")
    aware.say(b"x STORE 2 FLAGS.SILENT (\\Deleted \\Answered)\r\n", "1")
    aware.dialogue(r"""
        C: B001 STORE 1:7 (UNCHANGEDSINCE 11) +FLAGS (\Seen)
        S: * 1 FETCH (UID 1 FLAGS (\Seen) MODSEQ (15))
        S: * 3 FETCH (UID 3 FLAGS (\Seen) MODSEQ (15))
        S: * 2 FETCH (UID 2 FLAGS (\Answered \Deleted) MODSEQ (14))
        S: * OK [HIGHESTMODSEQ 12] ...
        S: B001 OK [MODIFIED 2] ...
        C: B002 NOOP
        S: * 7 EXPUNGE
        S: * 6 EXPUNGE
        S: * 5 EXPUNGE
        S: * 4 EXPUNGE
        S: B002 OK [HIGHESTMODSEQ 15] ...
        C: b003 STORE 2 (UNCHANGEDSINCE 14) +FLAGS (\Seen)
        S: * 2 FETCH (UID 2 FLAGS (\Seen \Answered \Deleted) MODSEQ (16))
        S: b003 OK STORE completed
    """)


def test_a_message_that_is_named_twice_fails_not_the_second_time(aware: Imap) -> None:
    aware.dialogue(r"""
        C: e105 STORE 2,1:3 (UNCHANGEDSINCE 11) +FLAGS.SILENT (\Deleted)
        S: * 1 FETCH (UID 1 MODSEQ (12))
        S: * 2 FETCH (UID 2 MODSEQ (12))
        S: * 3 FETCH (UID 3 MODSEQ (12))
        S: e105 OK STORE completed
    """)


def test_unchangedsince_stands_once(aware: Imap) -> None:
    twice = b"a STORE 1 (UNCHANGEDSINCE 11 UNCHANGEDSINCE 12) +FLAGS (\\Seen)\r\n"
    assert aware.say(twice).startswith(b"a BAD ")


def test_example_12_and_13_fetch(ten: Imap) -> None:
    ten.say(b"x STORE 4 FLAGS.SILENT (\\Seen)\r\n", "1")
    ten.say(b"x STORE 6 FLAGS.SILENT (\\Deleted)\r\nn NOOP\r\n", "1")
    ten.say(b"n NOOP\r\n")
    ten.dialogue(r"""
        C: s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 11)
        S: * OK [HIGHESTMODSEQ 13] ...
        S: * 4 FETCH (UID 4 FLAGS (\Seen) MODSEQ (12))
        S: * 6 FETCH (UID 6 FLAGS (\Deleted) MODSEQ (13))
        S: s100 OK FETCH completed
        C: a FETCH 1:3 (MODSEQ)
        S: * 1 FETCH (MODSEQ (2))
        S: * 2 FETCH (MODSEQ (3))
        S: * 3 FETCH (MODSEQ (4))
        S: a OK FETCH completed
    """)


def test_example_14_each_change_is_told_to_all(aware: Imap) -> None:
    aware.dialogue(r"""
        C1: S EXAMINE INBOX (CONDSTORE)
        S1*: S OK ...
        C: A160 STORE 7 +FLAGS.SILENT (\Deleted)
        S: * 7 FETCH (UID 7 MODSEQ (12))
        S: A160 OK STORE completed
        C1: C180 NOOP
        S1: * 7 FETCH (UID 7 FLAGS (\Deleted) MODSEQ (12))
        S1: C180 OK NOOP completed
        C: A240 STORE 7 +FLAGS.SILENT (\Seen)
        S: * 7 FETCH (UID 7 MODSEQ (13))
        S: A240 OK STORE completed
        C1: C270 NOOP
        S1: * 7 FETCH (UID 7 FLAGS (\Seen \Deleted) MODSEQ (13))
        S1: C270 OK NOOP completed
        C: A330 STORE 7 -FLAGS.SILENT (\Answered \Seen)
        S: * 7 FETCH (UID 7 MODSEQ (14))
        S: A330 OK STORE completed
        C1: C360 NOOP
        S1: * 7 FETCH (UID 7 FLAGS (\Deleted) MODSEQ (14))
        S1: C360 OK NOOP completed
    """)


def test_reading_a_body_tells_the_flag_with_uid_and_modseq(aware: Imap) -> None:
    """RFC 7162 §3.2.4: also where FETCH itself has set the Seen flag."""
    aware.dialogue(r"""
        C: a FETCH 2 BODY[TEXT]
        S: * 2 FETCH (BODY[TEXT] {5}
        S: Hi!
        S: )
        S: * 2 FETCH (UID 2 FLAGS (\Seen) MODSEQ (12))
        S: a OK FETCH completed
    """)


def test_examples_15_to_17_and_19_search_and_status(ten: Imap) -> None:
    ten.dialogue(r"""
        C: a SEARCH MODSEQ "/flags/\\draft" all 9
        S: * OK [HIGHESTMODSEQ 11] ...
        S: * SEARCH 8 9 10 (MODSEQ 11)
        S: a OK SEARCH completed
        C: t SEARCH OR NOT MODSEQ 2 LARGER 50000
        S: * SEARCH
        S: t OK SEARCH completed
        C: a SEARCH RETURN (ALL) MODSEQ 9
        S: * ESEARCH (TAG "a") ALL 8:10 MODSEQ 11
        S: a OK SEARCH completed
        C: A042 STATUS Archive (UIDNEXT MESSAGES HIGHESTMODSEQ)
        S: * STATUS Archive (UIDNEXT 1 MESSAGES 0 HIGHESTMODSEQ 1)
        S: A042 OK STATUS completed
    """)


def test_3_1_11_a_flag_that_is_there_already_changes_no_modseq(aware: Imap) -> None:
    aware.dialogue(r"""
        C: a STORE 1 +FLAGS (\Seen)
        S: * 1 FETCH (UID 1 FLAGS (\Seen) MODSEQ (12))
        S: a OK ...
        C: b STORE 1 +FLAGS (\Seen)
        S: * 1 FETCH (UID 1 FLAGS (\Seen) MODSEQ (12))
        S: b OK ...
        C: c STORE 1 -FLAGS.SILENT (\Draft)
        S: c OK ...
    """)


def test_example_20_the_highest_of_those_that_were_sorted(aware: Imap) -> None:

    aware.dialogue("""
        C: a SORT RETURN (ALL) (DATE) UTF-8 MODSEQ 9
        S: * ESEARCH (TAG "a") ALL 8:10 MODSEQ 11
        S: a OK SORT completed
        C: b SORT RETURN (MIN) (DATE) UTF-8 MODSEQ 9
        S: * ESEARCH (TAG "b") MIN 8 MODSEQ 9
        S: b OK SORT completed
        C: c UID SORT (DATE) UTF-8 MODSEQ 9
        S: * SORT 8 9 10 (MODSEQ 11)
        S: c OK SORT completed
    """)


def test_3_1_12_any_other_change_is_a_conflict(aware: Imap) -> None:
    """We keep one modseq a message, not one a flag; the client sees which flag it was."""
    aware.say(b"x STORE 2 +FLAGS.SILENT ($Processed)\r\n", "1")
    aware.say(b"x STORE 3 +FLAGS.SILENT (\\Answered)\r\n", "1")
    aware.say(b"n NOOP\r\n")
    aware.dialogue(r"""
        C: a106 STORE 1:4 (UNCHANGEDSINCE 11) +FLAGS.SILENT ($Processed)
        S: * 1 FETCH (UID 1 MODSEQ (14))
        S: * 2 FETCH (UID 2 FLAGS ($Processed) MODSEQ (12))
        S: * 3 FETCH (UID 3 FLAGS (\Answered) MODSEQ (13))
        S: * 4 FETCH (UID 4 MODSEQ (14))
        S: a106 OK [MODIFIED 2:3] ...
    """)


def test_3_2_7_and_9_who_counts_is_told_the_modseq_with_the_numbers(aware: Imap) -> None:
    """By numbers, as QRESYNC was not enabled: those of the examples, from the end."""
    aware.say(b"x STORE 3:4,7 +FLAGS.SILENT (\\Deleted)\r\n")
    aware.dialogue("""
        C: A202 EXPUNGE
        S: * 7 EXPUNGE
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: A202 OK [HIGHESTMODSEQ 13] EXPUNGE completed
    """)
    aware.say(b"x UID STORE 8:10 +FLAGS.SILENT (\\Deleted)\r\n")
    aware.dialogue("""
        C: . UID EXPUNGE 8:9
        S: * 6 EXPUNGE
        S: * 5 EXPUNGE
        S: . OK [HIGHESTMODSEQ 15] ...
    """)
