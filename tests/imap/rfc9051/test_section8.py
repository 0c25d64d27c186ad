r"""RFC 9051 §8: the sample connection, from the greeting to the end."""

from base64 import b64encode

from mailsuite.store.opening import Store
from tests.imap.people import Imap

LETTER = b"""\
Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
From: Terry Gray <gray@cac.washington.edu>
Subject: IMAP4rev2 WG mtg summary and minutes
To: imap@cac.washington.edu
cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
Message-Id: <B27397-0100000@cac.washington.edu>
MIME-Version: 1.0
Content-Type: TEXT/PLAIN; CHARSET=US-ASCII

The minutes.
""".replace(b"\n", b"\r\n")
PLAIN = b64encode(b"\0ann\0secret").decode()


def test_the_sample_connection(store: Store, tmp_path) -> None:
    imap = Imap(store, tmp_path, tls=None)
    for _ in range(11):
        imap.put()
    imap.put("INBOX", LETTER, "\\Seen", date=837596665)
    imap.dialogue(rf"""
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 ...LOGINDISABLED...STARTTLS...
        C: a000 starttls
        S: a000 OK ...
        S: <handshake>
        C: A001 AUTHENTICATE PLAIN {PLAIN}
        S: A001 OK ...
        C: babc ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: babc OK ...
        C: a002 select inbox
        S: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft)
        S: * OK [PERMANENTFLAGS ...
        S: * 12 EXISTS
        S: * OK [UIDVALIDITY ...
        S*: * LIST () "/" INBOX
        S*: a002 OK [READ-WRITE] SELECT completed
        C: a003 fetch 12 full
        S: * 12 FETCH (FLAGS (\Seen) INTERNALDATE "17-Jul-1996 09:44:25 +0000" RFC822.SIZE {len(LETTER)} ENVELOPE ("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL "<B27397-0100000@cac.washington.edu>") BODY ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7bit" 14 1))
        S: a003 OK FETCH completed
        C: a004 fetch 12 body[header]
        S: * 12 FETCH (BODY[HEADER] {{{LETTER.index(b"The")}}}
        S: Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
        S: From: Terry Gray <gray@cac.washington.edu>
        S: Subject: IMAP4rev2 WG mtg summary and minutes
        S: To: imap@cac.washington.edu
        S: cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
        S: Message-Id: <B27397-0100000@cac.washington.edu>
        S: MIME-Version: 1.0
        S: Content-Type: TEXT/PLAIN; CHARSET=US-ASCII
        S: ...
        S: )
        S: a004 OK FETCH completed
        C: a005 store 12 +flags \deleted
        S: * 12 FETCH (UID 12 FLAGS (\Seen \Deleted))
        S: a005 OK STORE completed
        C: a006 logout
        S: * BYE ...
        S: a006 OK LOGOUT completed
        S: <closed>
    """)
