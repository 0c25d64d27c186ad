r"""QRESYNC: the examples of RFC 7162 §3.2 and §6 on a mailbox of ours, and what they leave open.

The mailbox has the UIDs 1 to 9, UIDVALIDITY $validity; 2, 5 and 6 have gone at modseq 14 and 15.
"""

import pytest

from tests.imap.people import Imap, now

ENABLED = r"""
    C: e ENABLE QRESYNC
    S: * ENABLED QRESYNC
    S: e OK ...
"""


def expunge(imap: Imap, uids: str, name: str = "9") -> None:
    """Another device marks messages and removes them."""
    if name not in imap.clients:
        imap.signed_in(name, select="INBOX")
    imap.say(b"x NOOP\r\n", name)
    imap.say(f"x UID STORE {uids} +FLAGS.SILENT (\\Deleted)\r\n".encode(), name)
    imap.say(f"x UID EXPUNGE {uids}\r\n".encode(), name)


@pytest.fixture
def gone(imap: Imap) -> Imap:
    """Modseqs: 2 to 10 of the nine messages; 11 to 14 of the expunges; 15 and 16 of flags."""
    for _ in range(9):
        imap.put()
    expunge(imap, "2")
    expunge(imap, "5:6")
    imap.say(b"x UID STORE 4 FLAGS.SILENT ($Forwarded)\r\n", "9")
    imap.say(b"x UID STORE 8 FLAGS.SILENT (\\Seen \\Answered)\r\n", "9")
    row = now(imap.ann.status("INBOX"))
    imap.caught["validity"] = str(row.uidvalidity)
    assert row.modseq == 16
    imap.signed_in()
    imap.dialogue(ENABLED)
    return imap


SELECTED = r"""
    S: * FLAGS ...
    S: * OK [PERMANENTFLAGS ...
    S: * 6 EXISTS
    S: * 0 RECENT
    S: * OK [UIDVALIDITY $validity] ...
    S: * OK [UIDNEXT 10] ...
    S: * OK [HIGHESTMODSEQ 16] ...
    S*: * OK [UNSEEN 1] ...
"""


def selects(imap: Imap, known: str, *lines: str) -> None:
    """SELECT with what a client knows tells of the mailbox, and then these lines."""
    told = "\n".join(f"    S: {line}" for line in lines)
    imap.dialogue(f"""
    C: s SELECT INBOX (QRESYNC ({known}))
    {SELECTED}
{told}
    S: s OK [READ-WRITE] ...
    """)


FLAGS = (
    "* 3 FETCH (UID 4 FLAGS ($Forwarded) MODSEQ (15))",
    r"* 5 FETCH (UID 8 FLAGS (\Seen \Answered) MODSEQ (16))",
)


def test_3_2_5_another_uidvalidity_and_nothing_more_is_told(gone: Imap) -> None:
    selects(gone, "67890007 5 2,3:4,5:9")


def test_3_2_5_1_flags_and_expunges_since(gone: Imap) -> None:
    selects(gone, "$validity 10", "* VANISHED (EARLIER) 2,5:6", *FLAGS)
    selects_again = "$validity 12"
    gone.say(b"u UNSELECT\r\n")
    selects(gone, selects_again, "* VANISHED (EARLIER) 5:6", *FLAGS)


def test_3_2_5_1_only_of_the_known_uids(gone: Imap) -> None:
    selects(gone, "$validity 10 1:5,9", "* VANISHED (EARLIER) 2,5", FLAGS[0])


def test_3_2_5_1_nothing_since(gone: Imap) -> None:
    selects(gone, "$validity 16")
    gone.say(b"u UNSELECT\r\n")
    selects(gone, "$validity 9223372036854775807 1:9")


def test_3_2_5_2_match_data_spares_what_the_client_knows(gone: Imap) -> None:
    """Number 2 is still UID 3, so UID 2 went before the client looked; 4 is no longer 5."""
    selects(gone, "$validity 1 1:9 (1,2,4 1,3,5)", "* VANISHED (EARLIER) 5:6", *all_flags())
    gone.say(b"u UNSELECT\r\n")
    selects(gone, "$validity 1 (1:4294967295 1:4294967295)", *vanished_all())


def all_flags() -> list[str]:
    """The flags of all six messages."""
    quiet = {1: (1, 2), 2: (3, 4), 4: (7, 8), 6: (9, 10)}
    lines = {n: f"* {n} FETCH (UID {u} FLAGS () MODSEQ ({m}))" for n, (u, m) in quiet.items()}
    lines |= {3: FLAGS[0], 5: FLAGS[1]}
    return [lines[number] for number in sorted(lines)]


def vanished_all() -> list[str]:
    """All expunges, and all flags."""
    return ["* VANISHED (EARLIER) 2,5:6", *all_flags()]


def test_3_2_5_in_the_order_of_the_examples_with_closed_before(gone: Imap) -> None:
    """RFC 7162 §3.2.11: what comes before CLOSED is about the other mailbox."""
    gone.dialogue(rf"""
        C: a SELECT Archive
        S*: a OK ...
        C: b EXAMINE INBOX (QRESYNC ($validity 15 7:9))
        S: * OK [CLOSED] ...
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ()] ...
        S*: {FLAGS[1]}
        S: b OK [READ-ONLY] ...
        C: c CLOSE
        S: c OK ...
    """)


@pytest.mark.parametrize(
    "known",
    [
        "",
        "1",
        "0 1",
        "1 -1",
        "1 1 *",
        "1 1 1:*",
        "1 1 $",
        "1 1 ()",
        "1 1 (1)",
        "1 1 (2,1 1,2)",
        "1 1 (1:* 1:*)",
        "1 1 1 (1 1) 1",
        "1 9223372036854775808",
        "4294967296 1",
    ],
)
def test_nonsense_is_bad_and_the_mailbox_stays_unselected(gone: Imap, known: str) -> None:
    said = gone.say(f"a SELECT INBOX (QRESYNC ({known}))\r\nb CLOSE\r\n".encode())
    assert said.startswith(b"a BAD ")
    assert b"\r\nb BAD " in said


def test_3_2_3_without_enable_it_is_bad(gone: Imap) -> None:
    gone.signed_in("1", select="INBOX")
    gone.dialogue("""
        C1: a SELECT INBOX (QRESYNC (1 1))
        S1: a BAD ...
        C1: b UID FETCH 1:* (FLAGS) (VANISHED CHANGEDSINCE 1)
        S1: b BAD ...
        C1: c ENABLE CONDSTORE QRESYNC
        S1: * OK [HIGHESTMODSEQ 16] ...
        S1*: * ENABLED CONDSTORE QRESYNC
        S1: c OK ...
        C1: d FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)
        S1: d BAD ...
        C1: e UID FETCH 1:* (FLAGS) (VANISHED)
        S1: e BAD ...
    """)


def test_3_2_6_fetch_of_changes_and_expunges(gone: Imap) -> None:
    gone.say(b"s SELECT INBOX\r\n")
    gone.dialogue(rf"""
        C: s100 UID FETCH 2:5 (FLAGS) (CHANGEDSINCE 10)
        S: {FLAGS[0]}
        S: s100 OK ...
        C: s101 UID SEARCH 2:5
        S: * SEARCH 3 4 7 8
        S: s101 OK ...
        C: s100 UID FETCH 2:5 (FLAGS) (CHANGEDSINCE 10 VANISHED)
        S: * VANISHED (EARLIER) 2,5
        S: {FLAGS[0]}
        S: s100 OK ...
        C: s101 UID FETCH 1:* (FLAGS) (VANISHED CHANGEDSINCE 13)
        S: * VANISHED (EARLIER) 5:6
        S: {FLAGS[0]}
        S: {FLAGS[1]}
        S: s101 OK ...
    """)


def test_what_went_at_the_end_is_below_the_star(gone: Imap) -> None:
    """`1:*` means all that there were, though UID 9 is no longer the last."""
    expunge(gone, "9")
    gone.say(b"s SELECT INBOX\r\n")
    gone.dialogue("""
        C: a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 16 VANISHED)
        S: * VANISHED (EARLIER) 9
        S: a OK ...
        C: b UID FETCH * (FLAGS) (CHANGEDSINCE 16 VANISHED)
        S: * VANISHED (EARLIER) 9
        S: b OK ...
    """)


@pytest.fixture
def two(gone: Imap) -> Imap:
    """The nameless client with QRESYNC, `1` without, both in INBOX."""
    gone.say(b"s SELECT INBOX\r\n")
    gone.signed_in("1", select="INBOX")
    return gone


def test_3_2_7_expunge_is_told_by_uid_with_the_modseq(two: Imap) -> None:
    two.dialogue(r"""
        C1: a UID STORE 1,3,9 +FLAGS.SILENT (\Deleted)
        S1: a OK ...
        C: A202 EXPUNGE
        S: * VANISHED 1,3,9
        S: A202 OK [HIGHESTMODSEQ 18] EXPUNGE completed
        C1: A202 EXPUNGE
        S1: * 6 EXPUNGE
        S1: * 2 EXPUNGE
        S1: * 1 EXPUNGE
        S1: A202 OK EXPUNGE completed
        C1: b UID STORE 7 +FLAGS.SILENT (\Deleted)
        S1: b OK ...
        C: A210 EXPUNGE
        S: * VANISHED 7
        S: A210 OK [HIGHESTMODSEQ 20] ...
        C: A211 EXPUNGE
        S: A211 OK EXPUNGE completed
    """)


def test_3_2_8_close_tells_no_modseq(two: Imap) -> None:
    two.say(b"a UID STORE 1 +FLAGS.SILENT (\\Deleted)\r\n")
    two.dialogue("""
        C: A202 CLOSE
        S: A202 OK CLOSE completed
        C1: a NOOP
        S1: * 1 EXPUNGE
        S1: a OK ...
    """)


def test_3_2_9_uid_expunge(two: Imap) -> None:
    two.say(b"a UID STORE 1:9 +FLAGS.SILENT (\\Deleted)\r\n")
    two.dialogue("""
        C: b UID EXPUNGE 3:4
        S: * VANISHED 3:4
        S: b OK [HIGHESTMODSEQ 18] ...
    """)


def test_move_tells_the_modseq_beside_copyuid(two: Imap) -> None:
    two.dialogue("""
        C: a UID MOVE 3:4 Archive
        S: * OK [COPYUID $archive 3:4 1:2] ...
        S: * VANISHED 3:4
        S: a OK [HIGHESTMODSEQ 17] ...
    """)


@pytest.mark.threat("I16")
def test_3_2_10_2_vanished_is_not_told_to_who_counts(two: Imap) -> None:
    """While it is withheld no modseq above it may be kept (RFC 7162 §6, the example)."""
    two.dialogue(r"""
        C1: x UID STORE 8 +FLAGS.SILENT (\Deleted)
        S1: x OK ...
        C: n NOOP
        S: * 5 FETCH (UID 8 FLAGS (\Seen \Answered \Deleted) MODSEQ (17))
        S: n OK ...
        C1: x EXPUNGE
        S1: * 5 EXPUNGE
        S1: x OK ...
        C1: x UID STORE 9 +FLAGS.SILENT (\Flagged)
        S1: x OK ...
        C: A150 STORE 1:2,6 (UNCHANGEDSINCE 17) +FLAGS.SILENT (\Seen)
        S: * 1 FETCH (UID 1 MODSEQ (20))
        S: * 2 FETCH (UID 3 MODSEQ (20))
        S: * 6 FETCH (UID 9 FLAGS (\Flagged) MODSEQ (19))
        S: * OK [HIGHESTMODSEQ 17] ...
        S: A150 OK [MODIFIED 6] ...
        C: A151 STORE 6 +FLAGS.SILENT (\Seen)
        S: * 6 FETCH (UID 9 MODSEQ (21))
        S: A151 OK [HIGHESTMODSEQ 17] ...
        C: A151 UID SEARCH 1:3
        S: * SEARCH 1 3 4
        S: A151 OK [HIGHESTMODSEQ 17] ...
        C: A152 NOOP
        S: * VANISHED 8
        S: A152 OK [HIGHESTMODSEQ 21] ...
        C: A153 NOOP
        S: A153 OK NOOP completed
    """)


def test_vanished_earlier_leaves_out_what_the_client_still_counts(two: Imap) -> None:
    """Else it would forget the message, and still be told that it vanished."""
    expunge(two, "9", "1")
    two.dialogue("""
        C: a UID FETCH 1:9 (UID) (CHANGEDSINCE 13 VANISHED)
        S: * VANISHED (EARLIER) 5:6
        S*: * 5 FETCH (UID 8 ...
        S: * VANISHED 9
        S: a OK [HIGHESTMODSEQ 18] ...
    """)


def test_a_message_that_came_and_went_is_not_told(two: Imap) -> None:
    uid = two.put()
    expunge(two, str(uid))
    two.dialogue("""
        C: a NOOP
        S: a OK ...
    """)


def test_idle_pushes_vanished(two: Imap) -> None:
    two.say(b"i IDLE\r\n")
    expunge(two, "3,7")
    said = two.client().wire.take()
    assert b"* VANISHED 3,7\r\n" in said
    assert two.say(b"DONE\r\n").startswith(b"i OK [HIGHESTMODSEQ 18]")
