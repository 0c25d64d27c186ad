"""FETCH: what is answered for each item, and how much of it waits for a slow reader."""

import pytest

from mailsuite.store.schema import blob_data
from mailsuite.store.transaction import Transaction
from tests.imap.people import Imap, now

LETTER = (
    b"From: Bob <bob@example.org>\r\nDate: Mon, 1 Jan 2024 23:30:00 -0500\r\nSubject: hi\r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\n\r\nplain\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>\r\n--x--\r\n"
)


def fetched(imap: Imap, items: str, numbers: str = "1") -> bytes:
    said = imap.say(f"a FETCH {numbers} {items}\r\n".encode())
    assert said.endswith(b"a OK FETCH completed\r\n"), said
    return said.removesuffix(b"a OK FETCH completed\r\n")


@pytest.fixture
def letter(imap: Imap) -> Imap:
    imap.put("INBOX", LETTER, "\\Seen", date=1_700_000_000)
    imap.signed_in(select="INBOX")
    return imap


@pytest.mark.parametrize(
    ("items", "answer"),
    [
        ("UID", "UID 1"),
        ("FLAGS", "FLAGS (\\Seen)"),
        ("rfc822.size", f"RFC822.SIZE {len(LETTER)}"),
        ("INTERNALDATE", 'INTERNALDATE "14-Nov-2023 22:13:20 +0000"'),
        ("(UID FLAGS UID)", "UID 1 FLAGS (\\Seen)"),
        ("BODY[1]", "BODY[1] {5}\r\nplain"),
        ("BODY.PEEK[1]<1.2>", "BODY[1]<1> {2}\r\nla"),
        ("BODY[1]<90.2>", "BODY[1]<90> {0}\r\n"),
        ("BODY[7]", "BODY[7] NIL"),
        ("BODY[2.MIME]", "BODY[2.MIME] {27}\r\nContent-Type: text/html\r\n\r\n"),
        (
            "BODY[HEADER.FIELDS (subject)]",
            "BODY[HEADER.FIELDS (subject)] {15}\r\nSubject: hi\r\n\r\n",
        ),
        ("BODY[TEXT]<0.3>", "BODY[TEXT]<0> {3}\r\n--x"),
    ],
)
def test_each_item_has_its_answer(letter: Imap, items: str, answer: str) -> None:
    assert fetched(letter, items) == f"* 1 FETCH ({answer})\r\n".encode()


@pytest.mark.parametrize("item", ["BODY[]", "BODY.PEEK[]", "RFC822", "RFC822.PEEK"])
def test_the_message_comes_back_octet_for_octet(letter: Imap, item: str) -> None:
    label = item.replace(".PEEK", "").encode()
    assert fetched(letter, item) == b"* 1 FETCH (%b {%d}\r\n%b)\r\n" % (label, len(LETTER), LETTER)


def test_header_and_text_are_the_message(letter: Imap) -> None:
    cut = LETTER.index(b"\r\n\r\n") + 4
    wanted = b"* 1 FETCH (RFC822.HEADER {%d}\r\n%b RFC822.TEXT {%d}\r\n%b)\r\n"
    assert fetched(letter, "(RFC822.HEADER RFC822.TEXT)") == wanted % (
        cut,
        LETTER[:cut],
        len(LETTER) - cut,
        LETTER[cut:],
    )


def test_macros(letter: Imap) -> None:
    assert fetched(letter, "FAST").startswith(b"* 1 FETCH (FLAGS (\\Seen) INTERNALDATE ")
    assert b" ENVELOPE (" in fetched(letter, "ALL")
    assert b' BODY (("text" ' in fetched(letter, "FULL")


@pytest.mark.parametrize(
    "items",
    [
        "",
        "()",
        "NOTHING",
        "(ALL FLAGS)",
        "BODY[",
        "BODY[0]",
        "BODY[MIME]",
        "BODY[1.]",
        "BODY[1",
        "BODY[]<5>",
        "BODY[]<0.0>",
        "BODY[HEADER.FIELDS ()]",
        'BODY[HEADER.FIELDS ("a b")]',
        "FLAGS (NOSUCH 1)",
        "FLAGS[]",
        "(FLAGS",
        "BODY[99999999999999999999999]",
    ],
)
def test_nonsense_is_bad(letter: Imap, items: str) -> None:
    assert letter.say(f"a FETCH 1 {items}\r\n".encode()).startswith(b"a BAD ")


def test_reading_sets_seen_and_tells_it_afterwards(ann: Imap) -> None:
    ann.put()
    ann.dialogue("""
        C: s SELECT INBOX
        S*: s OK ...
        C: a FETCH 1 BODY.PEEK[1]
        S: * 1 FETCH (BODY[1] {5}
        S: Hi!
        S: )
        S: a OK ...
        C: b UID FETCH 1 BODY[1]
        S: * 1 FETCH (UID 1 BODY[1] {5}
        S: Hi!
        S: )
        S: * 1 FETCH (UID 1 FLAGS (\\Seen))
        S: b OK ...
        C1: x STATUS INBOX (UNSEEN)
        S1: * STATUS INBOX (UNSEEN 0)
        S1: x OK ...
    """)


def test_examine_sets_nothing(ann: Imap) -> None:
    ann.put()
    ann.say(b"s EXAMINE INBOX\r\n")
    assert b"Seen" not in ann.say(b"a FETCH 1 BODY[]\r\n")


def test_a_range_beyond_the_end(ann: Imap) -> None:
    """Delta Chat asks from UIDNEXT on; `*` is the last message, however low (RFC 3501 §6.4.8)."""
    ann.put()
    ann.dialogue("""
        C: s SELECT INBOX
        S*: s OK ...
        C: a UID FETCH 2:500 (FLAGS)
        S: a OK ...
        C: b UID FETCH 77:* (FLAGS)
        S: * 1 FETCH (UID 1 FLAGS ())
        S: b OK ...
        C: c FETCH 2 (FLAGS)
        S: c BAD ...
    """)


@pytest.mark.threat("I8")
def test_a_damaged_body_fails_alone(letter: Imap) -> None:
    letter.put("INBOX", LETTER + b"other\r\n")
    letter.say(b"n NOOP\r\n")

    def damage(tx: Transaction) -> None:
        tx.execute(blob_data.update().where(blob_data.c.id == 1).values(body=b"?"))

    now(letter.store.writer.run(damage))
    said = letter.say(b"a FETCH 1:2 BODY.PEEK[]\r\n")
    assert said.startswith(b"* 2 FETCH (BODY[] {")
    assert said.endswith(b"a NO [CORRUPTION] 1 messages could not be read\r\n")


@pytest.mark.threat("I5")
def test_a_slow_reader_has_at_most_one_batch_more_waiting(imap: Imap) -> None:
    """Nothing is read ahead without end for a client that does not take it."""
    for n in range(40):
        imap.put("INBOX", b"Subject: %d\r\n\r\n" % n + b"x" * 100_000 + b"\r\n")
    client = imap.signed_in(select="INBOX")
    client.wire.slow = True
    client.send(b"a FETCH 1:* BODY.PEEK[]\r\n")
    taken, largest = b"", 0
    while not taken.endswith(b"a OK FETCH completed\r\n"):
        largest = max(largest, len(client.wire.sent))
        taken += client.wire.take()
    assert taken.count(b" FETCH (") == 40
    assert largest < 1024 * 1024


def test_a_reader_that_goes_away_ends_the_fetch(imap: Imap) -> None:
    for n in range(20):
        imap.put("INBOX", b"Subject: %d\r\n\r\n" % n + b"x" * 100_000 + b"\r\n")
    client = imap.signed_in(select="INBOX")
    client.wire.slow = True
    client.send(b"a FETCH 1:* BODY.PEEK[]\r\n")
    client.gone()
    assert imap.services.views._open == {}


def test_changed_since(ann: Imap) -> None:
    ann.put()
    ann.put()
    ann.dialogue("""
        C: s SELECT INBOX (CONDSTORE)
        S*: s OK ...
        C: a STORE 2 +FLAGS.SILENT (\\Flagged)
        S: * 2 FETCH (UID 2 MODSEQ ($changed))
        S: a OK ...
        C: b FETCH 1:* (FLAGS) (CHANGEDSINCE 3)
        S: * 2 FETCH (FLAGS (\\Flagged) MODSEQ ($changed))
        S: b OK ...
        C: c UID FETCH 1:* (FLAGS) (CHANGEDSINCE 99)
        S: c OK ...
    """)
