"""OBJECTID: ids that outlive names and UIDs (RFC 8474)."""

from hypothesis import given
from hypothesis import strategies as st

from mailsuite.imap.extensions.objectid import read_objectid
from mailsuite.imap.grammar import Cursor
from mailsuite.store.schema import message
from mailsuite.store.transaction import Transaction
from tests.imap.people import Imap, now


def letter(number: int, *references: int, subject: str = "x") -> bytes:
    refs = " ".join(f"<{n}@example.com>" for n in references)
    head = f"References: {refs}\r\n" if references else ""
    return f"Subject: {subject}\r\nMessage-ID: <{number}@example.com>\r\n{head}\r\nhi\r\n".encode()


def test_the_examples_of_mailboxes(ann: Imap) -> None:
    """RFC 8474 §4.1 to §4.3: CREATE, SELECT and STATUS tell one id, which a RENAME keeps."""
    ann.dialogue(r"""
        C: 3 create foo
        S: 3 OK [MAILBOXID ($foo)] ...
        C: 4 create bar
        S: 4 OK [MAILBOXID ($bar)] ...
        C: 5 create foo
        S: 5 NO ...
        C: 27 select "foo"
        S*: * OK [MAILBOXID ($foo)] ...
        S*: 27 OK [READ-WRITE] ...
        C: 6 status foo (mailboxid)
        S: * STATUS foo (MAILBOXID ($foo))
        S: 6 OK ...
        C: 7 status bar (mailboxid messages)
        S: * STATUS bar (MAILBOXID ($bar) MESSAGES 0)
        S: 7 OK ...
        C: 8 rename foo renamed
        S: 8 OK ...
        C: 9 status renamed (mailboxid)
        S: * STATUS renamed (MAILBOXID ($foo))
        S: 9 OK ...
        C: 11 list "" "renamed" return (status (mailboxid))
        S: * LIST (\HasNoChildren) "/" renamed
        S: * STATUS renamed (MAILBOXID ($foo))
        S: 11 OK ...
        C: 12 examine bar
        S*: * OK [MAILBOXID ($bar)] ...
        S*: 12 OK [READ-ONLY] ...
    """)
    assert ann.caught["foo"] != ann.caught["bar"]


def test_a_mailbox_that_is_made_again_has_another_id(ann: Imap) -> None:
    """What a client has kept of the old one is worth nothing (RFC 8474 §4)."""
    ann.dialogue(r"""
        C: 1 create foo
        S: 1 OK [MAILBOXID ($old)] ...
        C: 2 delete foo
        S: 2 OK ...
        C: 3 create foo
        S: 3 OK [MAILBOXID ($new)] ...
        C: 4 status INBOX (mailboxid)
        S: * STATUS INBOX (MAILBOXID ($inbox))
        S: 4 OK ...
        C: 5 rename INBOX kept
        S: 5 OK ...
        C: 6 status INBOX (mailboxid)
        S: * STATUS INBOX (MAILBOXID ($inbox))
        S: 6 OK ...
    """)
    assert ann.caught["old"] != ann.caught["new"]


def test_the_examples_of_messages(imap: Imap) -> None:
    """RFC 8474 §5.3 and §6: threads go over mailboxes, and MOVE and COPY keep both ids."""
    imap.put("INBOX", letter(1, subject="Message A"))
    imap.put("INBOX", letter(2, 1, subject="Re: Message A"))
    imap.put("INBOX", letter(3, subject="Message C"))
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: 22 fetch 1:* (emailid threadid)
        S: * 1 FETCH (EMAILID ($a) THREADID ($ta))
        S: * 2 FETCH (EMAILID ($b) THREADID ($ta))
        S: * 3 FETCH (EMAILID ($c) THREADID ($tc))
        S: 22 OK ...
        C: 27 search emailid $a
        S: * SEARCH 1
        S: 27 OK ...
        C: 28 search threadid $ta
        S: * SEARCH 1 2
        S: 28 OK ...
        C: 29 create foo
        S: 29 OK ...
        C: 23 move 2 foo
        S: * OK [COPYUID ...] ...
        S: * 2 EXPUNGE
        S: 23 OK ...
        C: 30 copy 1 foo
        S: 30 OK ...
        C: 24 fetch 1:* (emailid threadid)
        S: * 1 FETCH (EMAILID ($a) THREADID ($ta))
        S: * 2 FETCH (EMAILID ($c) THREADID ($tc))
        S: 24 OK ...
        C: 25 select "foo"
        S*: 25 OK [READ-WRITE] ...
        C: 26 fetch 1:* (emailid threadid)
        S: * 1 FETCH (EMAILID ($b) THREADID ($ta))
        S: * 2 FETCH (EMAILID ($a) THREADID ($ta))
        S: 26 OK ...
    """)
    assert len({imap.caught[name] for name in ("a", "b", "c", "ta", "tc")}) == 5


def test_an_answer_joins_its_thread_whichever_is_seen_first(imap: Imap) -> None:
    """One message after another is fetched, from the last: each has its thread at once."""
    imap.put("Sent", letter(1))
    imap.put("INBOX", letter(2, 1))
    imap.put("INBOX", letter(3, 1, 2))
    imap.signed_in(select="INBOX")
    imap.signed_in("1", select="Sent")
    imap.dialogue(r"""
        C: a fetch 2 threadid
        S: * 2 FETCH (THREADID ($thread))
        S: a OK ...
        C: b fetch 1 threadid
        S: * 1 FETCH (THREADID ($thread))
        S: b OK ...
        C1: c fetch 1 threadid
        S1: * 1 FETCH (THREADID ($thread))
        S1: c OK ...
    """)


def test_a_search_for_a_thread_finds_what_nobody_has_looked_at(imap: Imap) -> None:
    """Only one of the thread was ever fetched."""
    for number, references in ((1, ()), (2, (1,)), (3, (1, 2)), (4, ())):
        imap.put("INBOX", letter(number, *references))
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: a fetch 2 threadid
        S: * 2 FETCH (THREADID ($thread))
        S: a OK ...
        C: b search threadid $thread
        S: * SEARCH 1 2 3
        S: b OK ...
        C: c search not threadid $thread
        S: * SEARCH 4
        S: c OK ...
    """)


def test_a_thread_once_told_stays(imap: Imap) -> None:
    """A message that joins two threads changes neither (RFC 8474 §5.2: MUST NOT)."""
    imap.put("INBOX", letter(1))
    imap.put("INBOX", letter(2))
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: a fetch 1:2 threadid
        S: * 1 FETCH (THREADID ($one))
        S: * 2 FETCH (THREADID ($two))
        S: a OK ...
    """)
    assert imap.caught["one"] != imap.caught["two"]
    imap.put("INBOX", letter(3, 1, 2))
    imap.dialogue(r"""
        C: a noop
        S*: a OK ...
        C: b fetch 1:3 threadid
        S: * 1 FETCH (THREADID ($one))
        S: * 2 FETCH (THREADID ($two))
        S: * 3 FETCH (THREADID ($two))
        S: b OK ...
    """)


def test_two_people_share_no_thread(imap: Imap) -> None:
    """The same mail in another account is a message, and a thread, of its own."""
    imap.put("INBOX", letter(1))
    imap.signed_in(select="INBOX")
    bob = imap.signed_in("1", "bob")
    octets = letter(1)
    bob.send(b"x APPEND INBOX {%d+}\r\n%b\r\nsel SELECT INBOX\r\n" % (len(octets), octets))
    bob.wire.take()
    imap.dialogue(r"""
        C: a fetch 1 (emailid threadid)
        S: * 1 FETCH (EMAILID ($m) THREADID ($t))
        S: a OK ...
        C1: a fetch 1 (emailid threadid)
        S1: * 1 FETCH (EMAILID ($bobs) THREADID ($thread))
        S1: a OK ...
    """)
    assert imap.caught["m"] != imap.caught["bobs"]
    assert imap.caught["t"] != imap.caught["thread"]


def test_no_object_has_such_an_id(imap: Imap) -> None:
    """An id of another server, of the other kind, or in other letters finds nothing."""
    imap.put("INBOX", letter(1))
    imap.signed_in(select="INBOX")
    for key in ("EMAILID T1", "EMAILID m1", "THREADID M1", "EMAILID M01", "THREADID " + "T9" * 100):
        assert imap.say(f"a SEARCH {key}\r\n".encode()).startswith(b"* SEARCH\r\na OK"), key
    assert imap.say(b"a SEARCH EMAILID %41\r\n").startswith(b"a BAD")
    assert imap.say(b"a SEARCH THREADID\r\n").startswith(b"a BAD")


def test_messages_without_ids_are_threads_of_their_own(imap: Imap) -> None:
    """Nothing is known that could join them."""
    imap.put("INBOX", b"Subject: x\r\n\r\nhi\r\n")
    imap.put("INBOX", b"Subject: x\r\n\r\nho\r\n")
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: a fetch 1:2 threadid
        S: * 1 FETCH (THREADID ($one))
        S: * 2 FETCH (THREADID ($two))
        S: a OK ...
    """)
    assert imap.caught["one"] != imap.caught["two"]


def test_a_delivery_pays_nothing_for_threads(imap: Imap) -> None:
    """The thread is found when somebody asks."""
    imap.put("INBOX", letter(1))

    def threads(tx: Transaction) -> list[int]:
        return [
            number
            for (number,) in tx.execute(
                message.select().with_only_columns(message.c.thread_id)
            ).tuples()
        ]

    assert now(imap.store.readers.run(threads)) == [0]
    imap.signed_in(select="INBOX")
    imap.say(b"a FETCH 1 THREADID\r\n")
    assert now(imap.store.readers.run(threads)) == [1]


@given(st.from_regex(r"\A[A-Za-z0-9_-]{1,255}\Z"))
def test_an_id_is_read_as_it_was_written(text: str) -> None:
    """Case counts (RFC 8474 §7)."""
    cursor = Cursor([text.encode()])
    assert read_objectid(cursor) == text.encode()
    assert cursor.ended
