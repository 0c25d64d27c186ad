"""SELECT, EXAMINE, STATUS (RFC 3501 §6.3.1, §6.3.2, §6.3.10)."""


def test_select_tells_all_that_a_client_needs(ann):
    ann.put("INBOX", b"a\r\n\r\n", "\\Seen")
    ann.put()
    ann.dialogue(r"""
        C: A142 SELECT inbox
        S: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft)
        S: * OK [PERMANENTFLAGS (\Seen \Answered \Flagged \Deleted \Draft \*)] ...
        S: * 2 EXISTS
        S: * 0 RECENT
        S: * OK [UIDVALIDITY $uidvalidity] ...
        S: * OK [UIDNEXT 3] ...
        S: * OK [HIGHESTMODSEQ ...] ...
        S: * OK [MAILBOXID ...] ...
        S: * OK [UNSEEN 2] ...
        S: A142 OK [READ-WRITE] SELECT completed
        C1: a STATUS inbox (UIDVALIDITY UIDNEXT MESSAGES RECENT UNSEEN SIZE)
        S1: * STATUS INBOX (UIDVALIDITY $uidvalidity UIDNEXT 3 MESSAGES 2 RECENT 0 UNSEEN 1 SIZE ...)
        S1: a OK ...
    """)


def test_examine_is_read_only(ann):
    ann.dialogue(r"""
        C: A932 EXAMINE Sent
        S*: * OK [PERMANENTFLAGS ()] ...
        S*: A932 OK [READ-ONLY] EXAMINE completed
    """)


def test_a_select_that_fails_leaves_nothing_selected(ann):
    ann.signed_in("2", select="INBOX")
    ann.dialogue("""
        C2: a SELECT Nowhere
        S2: * OK [CLOSED] Previous mailbox is now closed
        S2: a NO [NONEXISTENT] ...
        C2: b FETCH 1 FLAGS
        S2: b BAD Select a mailbox first
        C2: c SELECT INBOX (FROB)
        S2: c BAD Unknown parameter
        C2: d SELECT INBOX ()
        S2: d BAD ...
    """)


def test_status_items_unknown_or_none(ann):
    ann.dialogue("""
        C: a STATUS INBOX (FROB)
        S: a BAD Unknown STATUS item
        C: b STATUS INBOX ()
        S: b BAD ...
        C: c STATUS Nowhere (MESSAGES)
        S: c NO [NONEXISTENT] ...
    """)


def test_what_another_session_does_is_told_at_noop(ann):
    ann.signed_in("2", select="INBOX")
    ann.put()
    ann.dialogue("""
        C2: a NOOP
        S2: * 1 EXISTS
        S2: * 0 RECENT
        S2: a OK ...
    """)
