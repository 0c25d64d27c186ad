r"""What well-known programs say to a server, line by line, as it was seen on the wire or reads in
their source: first syncs, wake-ups, odd habits. `tests/interop/` drives those that run here.
"""

import base64
import re

import pytest
from attrs import evolve

from mailsuite.wire.limits import Limits
from tests.imap.people import Imap

PLAIN = base64.b64encode(b"\0ann\0secret").decode()
LETTER = (
    b"From: bob@example.org\r\nTo: ann@example.test\r\nSubject: hello\r\n"
    b"Message-ID: <1@example.org>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nHi!\r\n"
)


@pytest.fixture
def inbox(imap: Imap) -> Imap:
    """Four messages, and nobody there yet."""
    for _ in range(4):
        imap.put("INBOX", LETTER)
    return imap


@pytest.fixture
def signed(inbox: Imap) -> Imap:
    """The same; ann has signed in on the nameless client and on `2`, and selected INBOX."""
    inbox.signed_in(select="INBOX")
    inbox.signed_in("2", select="INBOX")
    return inbox


def test_thunderbird_first_sync(inbox: Imap) -> None:
    """ESR 153: PLAIN without an initial response, lists what is subscribed, fetches headers."""
    inbox.dialogue(rf"""
        S: * OK [CAPABILITY ...] ...
        C: 1 authenticate PLAIN
        S: +...
        C: {PLAIN}
        S: 1 OK [CAPABILITY ...] ...
        C: 2 ID ("name" "Thunderbird" "version" "153.7.0")
        S: * ID (...)
        S: 2 OK ...
        C: 3 ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: 3 OK ...
        C: 4 namespace
        S: * NAMESPACE (("" "/")) ...
        S: 4 OK ...
        C: 5 list (subscribed) "" "*" return (special-use)
        S: * LIST (\Subscribed \HasNoChildren) "/" INBOX
        S: * LIST (\Subscribed \HasNoChildren \Archive) "/" Archive
        S: * LIST (\Subscribed \HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\Subscribed \HasNoChildren \Junk) "/" Junk
        S: * LIST (\Subscribed \HasNoChildren \Sent) "/" Sent
        S: * LIST (\Subscribed \HasNoChildren \Trash) "/" Trash
        S: 5 OK ...
        C: 6 list "" "INBOX"
        S: * LIST (\HasNoChildren) "/" INBOX
        S: 6 OK ...
        C: 7 select "INBOX"
        S*: 7 OK [READ-WRITE] ...
        C: 8 getquotaroot "INBOX"
        S: * QUOTAROOT INBOX ""
        S: * QUOTA "" (...
        S: 8 OK ...
        C: 9 UID fetch 1:* (FLAGS)
        S: * 1 FETCH (UID 1 FLAGS ())
        S: * 2 FETCH (UID 2 FLAGS ())
        S: * 3 FETCH (UID 3 FLAGS ())
        S: * 4 FETCH (UID 4 FLAGS ())
        S: 9 OK ...
        C: 10 UID fetch 4 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To Received)])
        S: * 4 FETCH (UID 4 RFC822.SIZE 136 FLAGS () BODY[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To Received)] {{131}}
        S: From: bob@example.org
        S: To: ann@example.test
        S: Subject: hello
        S: Message-ID: <1@example.org>
        S: Date: Tue, 24 Nov 2026 10:00:00 +0000
        S:
        S: )
        S: 10 OK ...
        C: 11 IDLE
        S: + idling
    """)
    inbox.put("INBOX", LETTER)
    inbox.dialogue("""
        S: * 5 EXISTS
        S: * 0 RECENT
        C: DONE
        S: 11 OK ...
        C: 12 noop
        S: 12 OK ...
        C: 13 UID fetch 5:* (FLAGS)
        S: * 5 FETCH (UID 5 FLAGS ())
        S: 13 OK ...
        C: 14 STATUS "Sent" (UIDNEXT MESSAGES UNSEEN RECENT)
        S: * STATUS Sent (UIDNEXT 1 MESSAGES 0 UNSEEN 0 RECENT 0)
        S: 14 OK ...
    """)


def test_thunderbird_hears_what_waited_behind_the_plus(signed: Imap) -> None:
    """It says DONE at the first EXISTS, takes a later `+` for the answer, and hangs up."""
    signed.dialogue(r"""
        C2: a STORE 4 +FLAGS.SILENT (\Deleted)
        S2: a OK ...
        C2: b EXPUNGE
        S2: * 4 EXPUNGE
        S2: b OK ...
    """)
    signed.put("INBOX", LETTER)
    signed.dialogue("""
        C: 81 IDLE
        S: + idling
        S: * 4 EXPUNGE
        S: * 4 EXISTS
        S: * 0 RECENT
        C: DONE
        S: 81 OK ...
        C: 82 noop
        S: 82 OK ...
        C2: c NOOP
        S2*: c OK ...
    """)


def test_thunderbird_files_deletes_and_makes_an_archive(signed: Imap) -> None:
    r"""Sent by APPEND with UTF8; away by COPY and \Deleted where MOVE is not wanted; names in UTF-8."""
    signed.dialogue(r"""
        C: e ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: e OK ...
        C!: 20 append "Sent" (\\Seen) UTF8 (~{9+}\r\na: \xc3\xa4\r\n\r\n)\r\n
        S: 20 OK [APPENDUID ...
        C: 21 create "Archives/2026"
        S: 21 OK ...
        C: 22 subscribe "Archives/2026"
        S: 22 OK ...
        C: 23 uid move 2 "Archives/2026"
        S: * OK [COPYUID $validity 2 1] ...
        S: * 2 EXPUNGE
        S: 23 OK ...
        C: 24 uid copy 1 "Trash"
        S: 24 OK [COPYUID ...
        C: 25 uid store 1 +FLAGS (\Seen \Deleted)
        S: * 1 FETCH (UID 1 FLAGS (\Seen \Deleted))
        S: 25 OK ...
        C: 26 uid store 3 +FLAGS ($label1 NonJunk $MDNSent)
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ...\*)] ...
        S: * 2 FETCH (UID 3 FLAGS ($label1 NonJunk $MDNSent))
        S: 26 OK ...
        C: 27 rename "Archives/2026" "Trash/2026"
        S: 27 OK ...
        C: 28 create "Grüße & mehr"
        S: 28 OK ...
        C: 29 list "" "Gr*"
        S: * LIST (\HasNoChildren) "/" "Grüße & mehr"
        S: 29 OK ...
    """)


def test_large_messages_come_in_pieces(signed: Imap) -> None:
    """Thunderbird asks for 64 KiB and more at once, JavaMail for 16 KiB hundreds of times."""
    octets = LETTER + b"".join(b"%06d\r\n" % n for n in range(20_000))
    signed.put("INBOX", octets)
    signed.say(b"n NOOP\r\n", "2")
    got = b""
    while True:
        said = signed.say(b"a UID FETCH 5 (BODY.PEEK[]<%d.16384>)\r\n" % len(got), "2")
        piece = re.search(rb"BODY\[\]<%d> (?:\{(\d+)\}\r\n|\"\")" % len(got), said)
        assert piece is not None, said[:200]
        size = int(piece[1] or 0)
        got += said[piece.end() : piece.end() + size]
        if size < 16_384:
            break
    assert got == octets


def test_k9_syncs_the_newest_of_a_mailbox(inbox: Imap) -> None:
    """Sequence ranges for SEARCH, then flags, headers and structure of a few."""
    inbox.dialogue(rf"""
        S: * OK [CAPABILITY ...SASL-IR...] ...
        C: 1 AUTHENTICATE PLAIN {PLAIN}
        S: 1 OK [CAPABILITY ...] ...
        C: 2 ID ("name" "Thunderbird for Android")
        S: * ID ...
        S: 2 OK ...
        C: 3 LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: 3 OK ...
        C: 4 LIST "" "*" RETURN (SPECIAL-USE)
        S*: 4 OK ...
        C: 5 SELECT "INBOX"
        S*: 5 OK [READ-WRITE] ...
        C: 6 UID SEARCH 3:4
        S: * SEARCH 3 4
        S: 6 OK ...
        C: 7 UID SEARCH *:*
        S: * SEARCH 4
        S: 7 OK ...
        C: 8 UID FETCH 3,4 (UID FLAGS)
        S: * 3 FETCH (UID 3 FLAGS ())
        S: * 4 FETCH (UID 4 FLAGS ())
        S: 8 OK ...
        C: 9 UID FETCH 4 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (date subject from)])
        S: * 4 FETCH (UID 4 INTERNALDATE "..." RFC822.SIZE 136 BODY[HEADER.FIELDS (date subject from)] {{80}}
        S: From: bob@example.org
        S: Subject: hello
        S: Date: Tue, 24 Nov 2026 10:00:00 +0000
        S:
        S: )
        S: 9 OK ...
        C: 10 UID FETCH 4 (UID BODYSTRUCTURE)
        S: * 4 FETCH (UID 4 BODYSTRUCTURE ("text" "plain" ...))
        S: 10 OK ...
        C: 11 UID FETCH 4 (UID BODY.PEEK[]<0.32768>)
        S*: 11 OK ...
        C: 12 UID SEARCH HEADER MESSAGE-ID <1@example.org>
        S: * SEARCH 1 2 3 4
        S: 12 OK ...
        C: 13 UID STORE 4 +FLAGS.SILENT (\Seen)
        S: 13 OK ...
        C: 14 CREATE Sent2 (USE (\Sent))
        S: 14 NO [USEATTR] ...
        C: 15 UID MOVE 4 "Trash"
        S: * OK [COPYUID ...
        S: * 4 EXPUNGE
        S: 15 OK ...
    """)


def test_k9_long_lines_fit(signed: Imap) -> None:
    """8,172 octets where CONDSTORE is offered (RFC 7162 §4 asks for 8,192)."""
    uids = b",".join(b"%d" % uid for uid in range(1, 20_001, 2))
    assert 8_192 < len(uids) < Limits().imap_line_octets
    said = signed.say(b"a UID STORE %b +FLAGS.SILENT (\\Seen)\r\n" % uids)
    assert said == b"a OK STORE completed\r\n"


def test_fairemail_is_notified_of_every_subscribed_mailbox(signed: Imap) -> None:
    signed.dialogue(r"""
        C: a NOTIFY SET STATUS (selected (MessageNew (uid) MessageExpunge FlagChange)) (subscribed (MessageNew MessageExpunge FlagChange))
        S: * STATUS Archive (MESSAGES 0 UIDNEXT 1 UIDVALIDITY $one UNSEEN 0 HIGHESTMODSEQ 1)
        S: * STATUS Drafts (...
        S: * STATUS Junk (...
        S: * STATUS Sent (...
        S: * STATUS Trash (...
        S: a OK ...
        C: b IDLE
        S: + idling
        C2!: a APPEND Archive {6+}\r\nx: y\r\n\r\n
        S2: a OK [APPENDUID ...
        S: * STATUS Archive (MESSAGES 1 UIDNEXT 2 UIDVALIDITY $one UNSEEN 1)
        C2: b UID STORE 1 +FLAGS.SILENT (\Seen)
        S2: b OK ...
        S: * 1 FETCH (UID 1 FLAGS (\Seen))
        C: DONE
        S: b OK ...
    """)


def test_delta_chat_wakes_fetches_deletes_and_sleeps(inbox: Imap) -> None:
    """Every chat message is this chain; a range beyond the end is nothing, at once."""
    headers = (
        "MESSAGE-ID DATE X-MICROSOFT-ORIGINAL-MESSAGE-ID FROM CONTENT-TYPE SECURE-JOIN "
        "CHAT-VERSION CHAT-IS-POST-MESSAGE AUTOCRYPT-SETUP-MESSAGE"
    )
    inbox.dialogue("""
        S: * OK ...
        C: A0001 LOGIN "ann" "secret"
        S: A0001 OK [CAPABILITY ...] ...
        C: A0002 ID ("name" "Delta Chat")
        S: * ID ...
        S: A0002 OK ...
        C: A0003 GETQUOTAROOT "INBOX"
        S*: A0003 OK ...
        C: A0004 GETMETADATA "" (/shared/comment /shared/admin /shared/vendor/deltachat/irohrelay)
        S: * METADATA "" (/shared/comment NIL /shared/admin ... /shared/vendor/deltachat/irohrelay NIL)
        S: A0004 OK ...
        C: A0005 SETMETADATA "INBOX" (/private/devicetoken "abc")
        S: A0005 OK ...
        C: A0006 SELECT "INBOX"
        S*: * OK [UIDNEXT 5] ...
        S*: A0006 OK ...
        C: A0007 UID FETCH 5:504 (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])
        S: A0007 OK ...
        C: A0008 IDLE
        S: + idling
    """)
    inbox.put("INBOX", LETTER)
    inbox.dialogue(rf"""
        S: * 5 EXISTS
        S: * 0 RECENT
        C: DONE
        S: A0008 OK ...
        C: A0009 UID FETCH 5:504 (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({headers})])
        S: * 5 FETCH (UID 5 RFC822.SIZE 136 BODY[HEADER.FIELDS ({headers})] {{93}}
        S: From: bob@example.org
        S: Message-ID: <1@example.org>
        S: Date: Tue, 24 Nov 2026 10:00:00 +0000
        S:
        S: )
        S: A0009 OK ...
        C: A0010 UID FETCH 5:5 (FLAGS BODY.PEEK[])
        S: * 5 FETCH (UID 5 FLAGS () BODY[] {{136}}
        S*: )
        S: A0010 OK ...
        C: A0011 UID STORE 5 +FLAGS (\Deleted)
        S: * 5 FETCH (UID 5 FLAGS (\Deleted))
        S: A0011 OK ...
        C: A0012 CLOSE
        S: A0012 OK ...
        C: A0013 SELECT "INBOX"
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ...
        S: * 4 EXISTS
        S*: A0013 OK ...
        C: A0014 IDLE
        S: + idling
    """)


def test_iphone_says_everything_at_once(inbox: Imap) -> None:
    """Tags as it makes them; CHANGEDSINCE 0 of old accounts; bodies by 384 KiB."""
    inbox.signed_in()
    inbox.dialogue(r"""
        C: A3 ID ("name" "iPhone Mail" "version" "22C152" "os" "iOS" "os-version" "18.2")
        S: * ID ...
        S: A3 OK ...
        C!: B41 NAMESPACE\r\nB42 LIST "" "*" RETURN (SPECIAL-USE)\r\n
        S: * NAMESPACE ...
        S: B41 OK ...
        S*: * LIST (\HasNoChildren \Trash) "/" Trash
        S: B42 OK ...
        C: 8.567 SELECT INBOX (CONDSTORE)
        S*: * OK [HIGHESTMODSEQ ...
        S*: 8.567 OK ...
        C: 8.568 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 0)
        S: * 1 FETCH (UID 1 FLAGS () MODSEQ (...))
        S*: * 4 FETCH (UID 4 FLAGS () MODSEQ (...))
        S: 8.568 OK ...
        C!: 8.569 IDLE\r\nDONE\r\n8.570 UID FETCH 4 (UID BODY.PEEK[1]<0.393216>)\r\n8.571 IDLE\r\n
        S: + idling
        S: 8.569 OK ...
        S: * 4 FETCH (UID 4 BODY[1]<0> {5}
        S: Hi!
        S: )
        S: 8.570 OK ...
        S: + idling
        C: DONE
        S: 8.571 OK ...
        C: 8.572 UID STORE 4 +FLAGS.SILENT ($MailFlagBit0 $MailFlagBit2 $NotJunk \Flagged)
        S*: 8.572 OK ...
    """)


def test_outlook_fetches_without_reading(inbox: Imap) -> None:
    """Classic: LOGIN, LSUB, flags of all, then whole messages by what RFC 2060 dropped."""
    inbox.dialogue(r"""
        S: * OK ...
        C: dxjh CAPABILITY
        S: * CAPABILITY ...
        S: dxjh OK ...
        C: 8vyn LOGIN "ann" "secret"
        S: 8vyn OK ...
        C: 1qbk LSUB "" "*"
        S*: 1qbk OK ...
        C: 2aa0 SELECT "INBOX"
        S*: 2aa0 OK ...
        C: 3aa0 UID FETCH 1:* (UID FLAGS)
        S: * 1 FETCH (UID 1 FLAGS ())
        S*: 3aa0 OK ...
        C: 4aa0 UID FETCH 3 (UID RFC822.SIZE RFC822.PEEK)
        S: * 3 FETCH (UID 3 RFC822.SIZE 136 RFC822 {136}
        S*: )
        S: 4aa0 OK ...
        C: 5aa0 UID FETCH 3 FLAGS
        S: * 3 FETCH (UID 3 FLAGS ())
        S: 5aa0 OK ...
    """)


def test_microsofts_cloud_enables_what_it_can(imap: Imap) -> None:
    """It breaks by UIDONLY, which is for accounts that ask; numbers work on for all others."""
    imap.porter.accounts["ann"] = evolve(imap.porter.accounts["ann"], asked_for=frozenset())
    imap.put("INBOX", LETTER)
    told = imap.say(
        b'WIR00001 ID ("name" "Microsoft Office 365")\r\n'
        b"WIR00002 LOGIN ann secret\r\nWIR00003 CAPABILITY\r\n"
    ).decode()
    [line] = re.findall(r"^\* CAPABILITY (.*)\r$", told, re.MULTILINE)
    imap.say(f"WIR00004 ENABLE {line} UIDONLY\r\n".encode())
    imap.dialogue("""
        C: WIR00005 SELECT INBOX
        S*: WIR00005 OK ...
        C: WIR00006 FETCH 1 (UID RFC822.SIZE)
        S: * 1 FETCH (UID 1 RFC822.SIZE 136)
        S: WIR00006 OK ...
    """)


def test_mbsync_pipelines_deeply(signed: Imap) -> None:
    """A first sync: everything in flight at once, appends with LITERAL+ between."""
    fetches = b"".join(b"%d UID FETCH %d (BODY.PEEK[])\r\n" % (n + 10, n) for n in range(1, 5))
    stores = b"".join(b"%d UID STORE %d +FLAGS.SILENT (\\Seen)\r\n" % (n + 20, n) for n in (1, 2))
    append = b'30 APPEND "INBOX" (\\Flagged) {%d+}\r\n%b\r\n' % (len(LETTER), LETTER)
    said = signed.say(
        b"8 UID FETCH 1:1000000 (UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (X-TUID)])\r\n"
        + fetches + stores + append + b"31 UID EXPUNGE 99\r\n32 CLOSE\r\n"
    )  # fmt: skip
    done = re.findall(rb"^(\d+) OK", said, re.MULTILINE)
    assert [int(tag) for tag in done] == [8, 11, 12, 13, 14, 21, 22, 30, 31, 32]
    assert said.count(LETTER) == 4
    assert re.search(rb"30 OK \[APPENDUID \d+ 5\]", said)


def test_neomutt_fetches_headers_and_polls(signed: Imap) -> None:
    fields = (
        "DATE FROM SENDER SUBJECT TO CC MESSAGE-ID REFERENCES CONTENT-TYPE CONTENT-DESCRIPTION "
        "IN-REPLY-TO REPLY-TO LINES LIST-POST LIST-SUBSCRIBE LIST-UNSUBSCRIBE X-LABEL X-ORIGINAL-TO"
    )
    signed.dialogue(rf"""
        C: a0 FETCH 4:4 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({fields})])
        S: * 4 FETCH (UID 4 FLAGS () INTERNALDATE "..." RFC822.SIZE 136 BODY[HEADER.FIELDS ({fields})] {{131}}
        S*: )
        S: a0 OK ...
        C: a1 MYRIGHTS "INBOX"
        S: * MYRIGHTS INBOX ...
        S: a1 OK ...
        C2: b UID STORE 1 +FLAGS.SILENT (\Deleted)
        S2: b OK ...
        C2: c UID EXPUNGE 1
        S2: * 1 EXPUNGE
        S2: c OK ...
        C: a2 UNSELECT
        S: a2 OK ...
        C: a3 ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: a3 OK ...
        C: a4 SELECT "INBOX" (CONDSTORE)
        S*: a4 OK ...
        C: a5 UID FETCH 1:4 (FLAGS) (CHANGEDSINCE 4 VANISHED)
        S: * VANISHED (EARLIER) 1
        S: * 3 FETCH (UID 4 FLAGS () MODSEQ (5))
        S: a5 OK ...
        C: a6 STATUS "Drafts" (UIDNEXT UIDVALIDITY UNSEEN RECENT MESSAGES)
        S: * STATUS Drafts (...
        S: a6 OK ...
    """)


def test_imapflow_takes_rev2_at_its_word(inbox: Imap) -> None:
    """It assumes all that RFC 9051 has built in, named or not."""
    inbox.signed_in()
    inbox.dialogue(r"""
        C: 3 ENABLE CONDSTORE UTF8=ACCEPT IMAP4REV2 QRESYNC
        S: * ENABLED ...
        S: 3 OK ...
        C: 4 LIST "" "*" RETURN (SPECIAL-USE STATUS (MESSAGES UIDNEXT))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 4 UIDNEXT 5)
        S*: 4 OK ...
        C: 5 SELECT INBOX
        S*: 5 OK ...
        C: 6 UID SEARCH RETURN (SAVE COUNT) UNSEEN
        S: * ESEARCH (TAG "6") UID COUNT 4
        S: 6 OK ...
        C: 7 UID FETCH $ (UID THREADID EMAILID)
        S: * 1 FETCH (UID 1 THREADID (...) EMAILID (...)...
        S*: 7 OK ...
        C: 8 UNSELECT
        S: 8 OK ...
    """)


def test_web_mail_sorts_threads_and_asks_for_every_mailbox(signed: Imap) -> None:
    """Roundcube at each click, SnappyMail at its start."""
    signed.dialogue(r"""
        C: A1 UID SORT (DATE) UTF-8 ALL
        S: * SORT 1 2 3 4
        S: A1 OK ...
        C: A2 UID SORT RETURN (ALL COUNT) (ARRIVAL) UTF-8 UNDELETED
        S: * ESEARCH (TAG "A2") UID ALL 1:4 COUNT 4
        S: A2 OK ...
        C: A3 UID THREAD REFS UTF-8 ALL
        S: * THREAD ...
        S: A3 OK ...
        C: A4 LIST "" "*" RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN UIDNEXT HIGHESTMODSEQ SIZE))
        S: * OK [HIGHESTMODSEQ 5] ...
        S: * LIST (\Subscribed \HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 4 UNSEEN 4 UIDNEXT 5 HIGHESTMODSEQ ... SIZE 544)
        S*: A4 OK ...
        C: A5 UID FETCH 4 (UID RFC822.SIZE FLAGS INTERNALDATE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (DATE FROM)])
        S: * 4 FETCH (UID 4 RFC822.SIZE 136 FLAGS () INTERNALDATE "..." BODYSTRUCTURE (...) BODY[HEADER.FIELDS (DATE FROM)] {64}
        S*: A5 OK ...
        C!: A6 UID REPLACE 4 Drafts (\\Draft) {6+}\r\nx: y\r\n\r\n
        S*: A6 OK ...
    """)
