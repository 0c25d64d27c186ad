r"""The example dialogues of RFC 9051 §6 about messages: APPEND, IDLE, SEARCH, FETCH; and signing in.

Those about sessions and the selected mailbox stand in `test_section6.py`.
"""

from base64 import b64encode

import pytest

from mailsuite.mailbox.service import Append
from mailsuite.store.opening import Store
from tests.imap.people import Imap, now

PLAIN = b64encode(b"\0ann\0secret").decode()
LETTER = """\
        C: Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
        C: From: Fred Foobar <foobar@Blurdybloop.example>
        C: Subject: afternoon meeting
        C: To: mooch@owatagu.siam.edu.example
        C: Message-Id: <B27397-0100000@Blurdybloop.example>
        C: MIME-Version: 1.0
        C: Content-Type: TEXT/PLAIN; CHARSET=US-ASCII
        C:
        C: Hello Joe, do you think we can meet at 3:30 tomorrow?
        C:
"""
LETTER_OCTETS = sum(
    len(line.removeprefix("        C:").lstrip()) + 2 for line in LETTER.splitlines()
)


def test_6_2_1_starttls_and_then_a_password(store: Store, tmp_path) -> None:
    """Also the second example of §6.2.2; with TLS there is no STARTTLS any more."""
    imap = Imap(store, tmp_path, tls=None)
    imap.dialogue(f"""
        S: * OK [CAPABILITY ...] ...
        C: a001 CAPABILITY
        S: * CAPABILITY ... LOGINDISABLED ... STARTTLS...
        S: a001 OK CAPABILITY completed
        C: a002 STARTTLS
        S: a002 OK ...
        S: <handshake>
        C: a003 CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 AUTH=LOGIN AUTH=PLAIN ...
        S: a003 OK CAPABILITY completed
        C: a004 AUTHENTICATE PLAIN {PLAIN}
        S: a004 OK [CAPABILITY ...] ...
        C: a005 STARTTLS
        S: a005 BAD ...
    """)


def test_6_2_2_mechanisms_that_are_not_ours(imap: Imap) -> None:
    """GSSAPI and EXTERNAL: neither told of nor taken, and the connection lives on."""
    imap.dialogue(f"""
        S: * OK ...
        C: A001 AUTHENTICATE GSSAPI
        S: A001 NO [CANNOT] ...
        C: A01 AUTHENTICATE EXTERNAL =
        S: A01 NO [CANNOT] ...
        C: A02 AUTHENTICATE PLAIN {PLAIN}
        S: A02 OK ...
    """)


def test_6_3_1_enable(imap: Imap) -> None:
    """What we do not know is left out, and no capability comes or goes by it."""
    imap.signed_in()
    imap.dialogue("""
        C: t1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 ... LITERAL+ ...
        S: t1 OK CAPABILITY completed
        C: t2 ENABLE X-GOOD-IDEA
        S: * ENABLED
        S: t2 OK ENABLE completed
        C: t3 CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 ... LITERAL+ ...
        S: t3 OK CAPABILITY completed
        C: a1 ENABLE CONDSTORE
        S: * ENABLED CONDSTORE
        S: a1 OK ENABLE completed
    """)


def test_6_3_12_append(rev2: Imap) -> None:
    now(rev2.ann.create("saved-messages"))
    rev2.dialogue(rf"""
        C: A003 APPEND saved-messages (\Seen) {{{LETTER_OCTETS}}}
        S: + OK
{LETTER}
        C:
        S: A003 OK [APPENDUID $saved 1] APPEND completed
        C: a SELECT saved-messages
        S*: a OK ...
        C: b FETCH 1 (UID FLAGS RFC822.SIZE)
        S: * 1 FETCH (UID 1 FLAGS (\Seen) RFC822.SIZE {LETTER_OCTETS})
        S: b OK ...
    """)


def test_6_3_12_append_and_copies_tell_the_new_uids(inbox: Imap) -> None:
    """UIDs are kept here: a copy always tells them, and nothing is UIDNOTSTICKY."""
    for name in ("saved-messages", "meeting", "funny"):
        now(inbox.ann.create(name))
    inbox.dialogue(rf"""
        C: A003 APPEND saved-messages (\Seen) {{{LETTER_OCTETS}+}}
{LETTER}
        C:
        S: A003 OK [APPENDUID $saved 1] APPEND completed
        C: A004 COPY 2:4 meeting
        S: A004 OK [COPYUID $meeting 2:4 1:3] COPY completed
        C: A005 UID COPY 305:310 meeting
        S: A005 OK COPY completed
        C: A006 COPY 2 funny
        S: A006 OK [COPYUID $funny 2 1] COPY completed
        C: A007 SELECT funny
        S: * OK [CLOSED] ...
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ...
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY $funny] ...
        S: * OK [UIDNEXT 2] ...
        S*: * LIST () "/" funny
        S: A007 OK [READ-WRITE] SELECT completed
    """)


def test_6_3_13_idle(imap: Imap) -> None:
    """An EXPUNGE is told at once; EXISTS is not repeated after it, as no client needs it.

    The RFC shows what waited before the `+`; here it comes behind, as Thunderbird needs it.
    """
    for _ in range(3):
        imap.put()
    imap.signed_in()
    imap.say(b"e ENABLE IMAP4rev2\r\n")
    imap.dialogue("""
        C: A001 SELECT INBOX
        S*: A001 OK [READ-WRITE] SELECT completed
        C: A002 IDLE
        S: + idling
    """)
    imap.put()
    imap.signed_in("1", select="INBOX")
    imap.dialogue(r"""
        S: * 4 EXISTS
        C: DONE
        S: A002 OK IDLE completed
        C1: x STORE 2 +FLAGS.SILENT (\Deleted)
        S1: x OK ...
        C1: x EXPUNGE
        S1*: x OK ...
        C: A003 FETCH 4 ALL
        S: * 4 FETCH (FLAGS () INTERNALDATE ... RFC822.SIZE ... ENVELOPE (...))
        S: A003 OK [EXPUNGEISSUED] ...
        C: A004 IDLE
        S: + idling
        S: * 2 EXPUNGE
        C1: x STORE 3 +FLAGS.SILENT (\Deleted)
        S1: x OK ...
        C1: x EXPUNGE
        S1*: x OK ...
        S: * 3 FETCH (UID 4 FLAGS (\Deleted))
        S: * 3 EXPUNGE
    """)
    imap.put()
    imap.dialogue("""
        S: * 3 EXISTS
        C: DONE
        S: A004 OK IDLE completed
        C: A005 FETCH 3 ALL
        S: * 3 FETCH (...)
        S: A005 OK FETCH completed
        C: A006 IDLE
        S: + idling
        C: <gone>
    """)


def letter(sender: str, text: str = "x") -> bytes:
    """A message in UTF-8."""
    head = f"From: {sender} <s@example.org>\r\nContent-Type: text/plain; charset=utf-8\r\n"
    return f"{head}Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n".encode()


@pytest.fixture
def eleven(imap: Imap) -> Imap:
    r"""Eleven messages of 2006; 2, 10 and 11 are \Flagged, 11 and 4 unseen, 1 of Smith."""
    for number in range(1, 12):
        flags = ["\\Flagged"] if number in {1, 2, 10, 11} else []
        flags += [] if number in {4, 11} else ["\\Seen"]
        text = {7: "отпуск", 9: "мать"}.get(number, "x")
        message = letter("Smith" if number == 1 else "Eric", text)
        now(imap.ann.append("INBOX", [Append(message, tuple(flags), 1_150_000_000)]))
    imap.signed_in(select="INBOX")
    imap.say(b"e ENABLE IMAP4rev2\r\n")
    return imap


def test_6_4_4_search(eleven: Imap) -> None:
    eleven.dialogue(r"""
        C: A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * ESEARCH (TAG "A282") MIN 2 COUNT 3
        S: A282 OK SEARCH completed
        C: A283 SEARCH RETURN () FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * ESEARCH (TAG "A283") ALL 2,10:11
        S: A283 OK SEARCH completed
        C: A284 SEARCH TEXT "string not in mailbox"
        S: * ESEARCH (TAG "A284")
        S: A284 OK SEARCH completed
        C: A285 SEARCH CHARSET UTF-8 TEXT {12}
        S: + OK
        C: отпуск
        S: * ESEARCH (TAG "A285") ALL 7
        S: A285 OK SEARCH completed
        C: A284 SEARCH RETURN (MIN) UNSEEN
        S: * ESEARCH (TAG "A284") MIN 4
        S: A284 OK SEARCH completed
        C: A285 UID SEARCH RETURN (MIN MAX) 1:5000
        S: * ESEARCH (TAG "A285") UID MIN 1 MAX 11
        S: A285 OK SEARCH completed
        C: A286 SEARCH RETURN (COUNT) DELETED
        S: * ESEARCH (TAG "A286") COUNT 0
        S: A286 OK SEARCH completed
    """)


def test_6_4_4_4_a_saved_result_in_another_search(eleven: Imap) -> None:
    """Examples 4 and 5; KOI8-R is a charset that we read, so another one is refused."""
    eleven.dialogue(r"""
        C: P282 SEARCH RETURN (SAVE) SINCE 1-Feb-1994 NOT FROM "Smith"
        S: P282 OK SEARCH completed
        C: P283 SEARCH CHARSET UTF-8 (OR $ 1,3000:3021) TEXT {8+}
        C: мать
        S: * ESEARCH (TAG "P283") ALL 9
        S: P283 OK SEARCH completed
        C!: B283 SEARCH CHARSET KOI8-R (OR $ 1,3000:3021) TEXT {4+}\r\n\xcd\xc1\xd4\xd8\r\n
        S: * ESEARCH (TAG "B283") ALL 9
        S: B283 OK SEARCH completed
        C: B284 SEARCH RETURN (SAVE) CHARSET X-KLINGON (OR $ 1,3000:3021) TEXT {4}
        S: + OK
        C: XXXX
        S: B284 NO [BADCHARSET (...)] ...
        C: B285 SEARCH $
        S: * ESEARCH (TAG "B285")
        S: B285 OK SEARCH completed
    """)


def test_6_4_5_fetch(eleven: Imap) -> None:
    r"""The names of fields are told as they were asked for; `\Seen` is set, and told afterwards."""
    eleven.dialogue(r"""
        C: A654 FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])
        S: * 2 FETCH (FLAGS (\Seen \Flagged) BODY[HEADER.FIELDS (DATE FROM)] {30}
        S: From: Eric <s@example.org>
        S:
        S: )
        S: * 3 FETCH (FLAGS (\Seen) BODY[HEADER.FIELDS (DATE FROM)] {30}
        S: From: Eric <s@example.org>
        S:
        S: )
        S: * 4 FETCH (FLAGS () BODY[HEADER.FIELDS (DATE FROM)] {30}
        S: From: Eric <s@example.org>
        S:
        S: )
        S: * 4 FETCH (UID 4 FLAGS (\Seen))
        S: A654 OK FETCH completed
    """)
