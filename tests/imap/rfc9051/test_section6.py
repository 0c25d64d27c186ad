r"""The example dialogues of RFC 9051 §6 about sessions and the selected mailbox, in their order.

Those of §6.3 about mailboxes stand with LIST, STATUS, APPEND and NAMESPACE; of §6.4.4 with SEARCH.
"""

from base64 import b64encode

from tests.imap.people import Imap

PLAIN = b64encode(b"\0ann\0secret").decode()


def test_6_1_1_capability_changes_with_starttls(store, tmp_path) -> None:
    imap = Imap(store, tmp_path, tls=None)
    imap.dialogue("""
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 ...LOGINDISABLED...STARTTLS...
        C: abcd CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 ...LOGINDISABLED...STARTTLS...
        S: abcd OK CAPABILITY completed
        C: efgh STARTTLS
        S: efgh OK ...
        S: <handshake>
        C: ijkl CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 AUTH=LOGIN AUTH=PLAIN ...
        S: ijkl OK CAPABILITY completed
    """)


def test_6_1_2_noop(inbox: Imap) -> None:
    inbox.dialogue("""
        C: a002 NOOP
        S: a002 OK NOOP completed
    """)
    inbox.say(b"x STORE 7 +FLAGS.SILENT (\\Deleted)\r\nx EXPUNGE\r\n", "1")
    inbox.put()
    inbox.say(b"x UID STORE 5 FLAGS.SILENT (\\Seen \\Deleted)\r\n", "1")
    inbox.dialogue(r"""
        C: a047 NOOP
        S: * 7 EXPUNGE
        S: * 11 EXISTS
        S: * 5 FETCH (UID 5 FLAGS (\Seen \Deleted))
        S: a047 OK NOOP completed
    """)


def test_6_1_3_logout(inbox: Imap) -> None:
    inbox.dialogue("""
        C: A023 LOGOUT
        S: * BYE ...
        S: A023 OK LOGOUT completed
        S: <closed>
    """)


def test_6_2_2_authenticate_plain_with_and_without_initial_response(imap: Imap) -> None:
    imap.dialogue(f"""
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 AUTH=LOGIN AUTH=PLAIN ...
        C: A03 AUTHENTICATE PLAIN {PLAIN}
        S: A03 OK ...
        C: C01 CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 ...
        S: C01 OK ...
        S1: * OK [CAPABILITY ...
        C1: A01 AUTHENTICATE PLAIN
        S1: +...
        C1: {PLAIN}
        S1: A01 OK ...
    """)


def test_6_2_3_login(imap: Imap) -> None:
    imap.dialogue("""
        S: * OK ...
        C: a001 LOGIN ann secret
        S: a001 OK ...
    """)


def test_6_3_3_examine(rev2: Imap) -> None:
    rev2.dialogue(r"""
        C: A932 EXAMINE INBOX
        S: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft)
        S: * OK [PERMANENTFLAGS ()] ...
        S: * 11 EXISTS
        S: * OK [UIDVALIDITY $uidvalidity] ...
        S: * OK [UIDNEXT 12] ...
        S*: * LIST () "/" INBOX
        S*: A932 OK [READ-ONLY] EXAMINE completed
    """)


def test_6_4_1_and_2_close_expunges_and_unselect_does_not(inbox: Imap) -> None:
    inbox.say(b"x STORE 3 +FLAGS.SILENT (\\Deleted)\r\n")
    inbox.dialogue("""
        C: A342 UNSELECT
        S: A342 OK UNSELECT completed
        C: x STATUS INBOX (MESSAGES DELETED)
        S: * STATUS INBOX (MESSAGES 11 DELETED 1)
        S: x OK ...
    """)
    inbox.say(b"s SELECT INBOX\r\n")
    inbox.dialogue("""
        C: A341 CLOSE
        S: A341 OK CLOSE completed
        C: x STATUS INBOX (MESSAGES DELETED)
        S: * STATUS INBOX (MESSAGES 10 DELETED 0)
        S: x OK ...
    """)


def test_6_4_3_expunge_from_the_end(inbox: Imap) -> None:
    """3, 4, 7 and 11: told from the end, so that no number moves before it is told."""
    inbox.say(b"x STORE 3,4,7,11 +FLAGS.SILENT (\\Deleted)\r\n")
    inbox.dialogue("""
        C: A202 EXPUNGE
        S: * 11 EXPUNGE
        S: * 7 EXPUNGE
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: A202 OK EXPUNGE completed
    """)


def test_6_4_6_store(inbox: Imap) -> None:
    inbox.say(b"x STORE 2 FLAGS.SILENT (\\Seen)\r\nx STORE 4 FLAGS.SILENT (\\Flagged \\Seen)\r\n")
    inbox.dialogue(r"""
        C: A003 STORE 2:4 +FLAGS (\Deleted)
        S: * 2 FETCH (UID 2 FLAGS (\Seen \Deleted))
        S: * 3 FETCH (UID 3 FLAGS (\Deleted))
        S: * 4 FETCH (UID 4 FLAGS (\Seen \Flagged \Deleted))
        S: A003 OK STORE completed
    """)


def test_6_4_7_copy(inbox: Imap) -> None:
    inbox.dialogue("""
        C: A003 COPY 2:4 Archive
        S: A003 OK [COPYUID $archive 2:4 1:3] COPY completed
    """)


def test_6_4_8_move(inbox: Imap) -> None:
    inbox.dialogue("""
        C: a UID MOVE 4:5,9 Archive
        S: * OK [COPYUID $archive 4:5,9 1:3] ...
        S: * 9 EXPUNGE
        S: * 5 EXPUNGE
        S: * 4 EXPUNGE
        S: a OK MOVE completed
    """)


def test_6_4_9_uid(inbox: Imap) -> None:
    inbox.say(b"x UID STORE 3:5 +FLAGS.SILENT (\\Deleted)\r\n")
    inbox.dialogue(r"""
        C: A003 UID EXPUNGE 3:4,90:99
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: A003 OK ...
        C: A999 UID FETCH 1:5 FLAGS
        S: * 1 FETCH (UID 1 FLAGS ())
        S: * 2 FETCH (UID 2 FLAGS ())
        S: * 3 FETCH (UID 5 FLAGS (\Deleted))
        S: A999 OK FETCH completed
    """)


def test_6_5_an_unknown_command_is_bad(inbox: Imap) -> None:
    inbox.dialogue("""
        C: A442 XPIG-LATIN
        S: A442 BAD ...
    """)
