"""APPEND (RFC 3501 §6.3.11) and MULTIAPPEND (RFC 3502): streamed, all or nothing."""

from datetime import datetime

import pytest
from twisted.internet.defer import Deferred

from mailsuite.imap import tables
from mailsuite.wire.limits import Limits
from mailsuite.wire.spool import Spool
from tests.imap.people import Imap, now

LARGE = b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 40_000  # over a spool's memory


def messages(imap: Imap, mailbox: str = "INBOX") -> int:
    return int(now(imap.ann.status(mailbox)).messages)


def test_append_tells_the_uid_and_keeps_flags_and_date(ann):
    ann.signed_in("2", select="INBOX")
    ann.dialogue(r"""
        C2: A003 APPEND inbox (\Seen $Work \Recent) "17-Jul-1996 02:44:25 -0700" {12}
        S2: + OK
        C2: Subject: x
        C2:
        S2*: * 1 EXISTS
        S2: * 0 RECENT
        S2: A003 OK [APPENDUID $validity 1] APPEND completed
        C2: b FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)
        S2: * 1 FETCH (FLAGS (\Seen $Work) INTERNALDATE "17-Jul-1996 09:44:25 +0000" RFC822.SIZE 12)
        S2: b OK ...
    """)
    assert datetime.fromisoformat("1996-07-17T02:44:25-07:00").timestamp() == 837_596_665


@pytest.mark.parametrize("piece", [1 << 20, 5000, 77])
def test_a_large_message_comes_back_octet_for_octet(ann, piece):
    octets = LARGE[:9000] if piece == 77 else LARGE
    assert ann.say(b"a APPEND INBOX {%d}\r\n" % len(octets)) == b"+ OK\r\n"
    session = ann.client().talks
    for at in range(0, len(octets), piece):
        assert ann.say(octets[at : at + piece]) == b""
        assert session.engine.held <= 64 * 1024, "a literal that streams is not kept"
    assert ann.say(b"\r\n").startswith(b"a OK [APPENDUID ")
    ann.say(b"b SELECT INBOX\r\n")
    said = ann.say(b"c FETCH 1 BODY.PEEK[]\r\n")
    assert b"{%d}\r\n%b)\r\nc OK" % (len(octets), octets) in said


def test_several_messages_in_one_command(ann):
    """MULTIAPPEND (RFC 3502): one transaction, one APPENDUID with the whole set."""
    said = ann.say(
        b'A003 APPEND INBOX (\\Seen) {2+}\r\nab " 7-Feb-1994 21:52:25 -0800" {3+}\r\nabc {1+}\r\nx\r\n'
    )
    assert said.startswith(b"A003 OK [APPENDUID ")
    assert said.endswith(b" 1:3] APPEND completed\r\n")
    said = ann.say(b"b SELECT INBOX\r\nc FETCH 1:3 (FLAGS RFC822.SIZE)\r\n")
    assert b"* 1 FETCH (FLAGS (\\Seen) RFC822.SIZE 2)" in said
    assert b"* 2 FETCH (FLAGS () RFC822.SIZE 3)" in said


def test_what_can_be_refused_is_refused_before_the_literal(store, tmp_path):
    imap = Imap(store, tmp_path, Limits(message_octets=1000), quota_octets=500, quota_messages=2)
    imap.signed_in()
    imap.dialogue("""
        C: a APPEND Nowhere {3}
        S: a NO [TRYCREATE] ...
        C: b APPEND INBOX {1001}
        S: b NO [TOOBIG] ...
        C: c APPEND INBOX {501}
        S: c NO [OVERQUOTA] ...
        C: d APPEND INBOX {0}
        S: d NO ...
        C: e APPEND INBOX (\\Frob) {3}
        S: e BAD No such flag
        C: f APPEND INBOX
        S: f BAD ...
        C: g APPEND INBOX "x"
        S: g BAD ...
        C: h APPEND INBOX "30-Feb-2024 00:00:00 +0000" {3}
        S: h BAD ...
        C: i NOOP
        S: i OK ...
    """)
    assert messages(imap) == 0


@pytest.mark.threat("I3")
@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        (b"a APPEND Nowhere {9+}\r\nb LOGOUT\n\r\n", b"a NO [TRYCREATE]"),
        (b"a APPEND INBOX {501+}\r\n" + b"b LOGOUT\r\n" * 50 + b"x\r\n", b"a NO [OVERQUOTA]"),
        (b"a APPEND INBOX {3+}\r\nabcdef\r\n", b"a BAD"),
        (b"a APPEND INBOX {3+}\r\nabc {2+}\r\nxy rubbish\r\n", b"a BAD"),
        (b"a APPEND INBOX {3+}\r\nabc (\\Frob) {2+}\r\nxy\r\n", b"a BAD"),
        (b"a APPEND INBOX {300+}\r\n" + b"x" * 300 + b" {300+}\r\n" + b"y" * 300 + b"\r\n",
         b"a NO [OVERQUOTA]"),
        (b"a APPEND INBOX {1+}\r\nx {1+}\r\nx {1+}\r\nx\r\n", b"a NO [OVERQUOTA]"),
        (b"a APPEND INBOX {3+}\r\nabc\0\r\n", b"a BAD"),
        (b"a APPEND INBOX {3+}\r\nabc {0+}\r\n\r\n", b"a NO"),
    ],
)  # fmt: skip
def test_all_or_nothing_and_never_a_command(store, tmp_path, octets, answer):
    """What was refused is dropped: none of its octets is read as a command."""
    imap = Imap(store, tmp_path, quota_octets=500, quota_messages=2)
    imap.signed_in()
    said = imap.say(octets + b"z NOOP\r\n")
    assert said.startswith(answer), said
    assert said.count(b"\r\n") == 2
    assert said.endswith(b"z OK NOOP completed\r\n")
    assert messages(imap) == 0


@pytest.mark.threat("I3")
@pytest.mark.parametrize("end", [20, 30, 31, 36, 50])
def test_a_client_that_vanishes_stores_nothing(ann, end):
    octets = b"a APPEND INBOX {10+}\r\n0123456789 {12+}\r\n0123456789ab\r\n"
    assert end < len(octets)
    ann.client().send(octets[:end])
    ann.client().gone()
    assert messages(ann) == 0
    assert len(ann.porter.watchers) == 1


@pytest.mark.threat("I3")
def test_a_literal_that_does_not_go_on_ends_the_connection(ann):
    ann.dialogue("""
        C: a APPEND INBOX {10}
        S: + OK
        C!: 12345
        T: 301
        S: * BYE Idle for too long
        S: <closed>
    """)
    assert messages(ann) == 0


def test_a_mailbox_named_by_a_literal(ann):
    ann.dialogue("""
        C: a APPEND {4}
        S: + OK
        C: Sent {3}
        S: + OK
        C: abc
        S: a OK [APPENDUID ... 1] ...
    """)


@pytest.mark.threat("I1")
def test_a_slow_disk_slows_the_client(ann, monkeypatch):
    """While a piece is being written no more than a window is read ahead."""
    disk: Deferred[None] = Deferred()
    append = Spool.append

    async def slow(self: Spool, octets: bytes) -> None:
        await disk
        await append(self, octets)

    monkeypatch.setattr(Spool, "append", slow)
    wire, session = ann.client().wire, ann.client().talks
    ann.say(b"a APPEND INBOX {400000}\r\n")
    sent = 0
    while not wire.paused:
        assert ann.say(b"x" * 10_000) == b""
        sent += 10_000
        assert session.engine.held <= 80_000
    assert sent <= 150_000
    disk.callback(None)
    assert not wire.paused
    assert ann.say(b"x" * (400_000 - sent) + b"\r\n").startswith(b"a OK [APPENDUID ")
    assert messages(ann) == 1


@pytest.mark.threat("I3")
@pytest.mark.parametrize(
    "octets",
    [
        b"a APPEND INBOX {3+}\r\nab\xff {5+}\r\nx y z\r\n",
        b"a APPEND INBOX {9+}\r\nab\xff\r\nb NO {5+}\r\nx y z\r\n",
        b"a APPEND INBOX {8+}\r\na: \xc3\xa4\r\n\r\n",
    ],
)
def test_8_bit_header_fields_need_utf8(ann, monkeypatch, octets):
    """RFC 9755 §3: a client that has not said that it knows of them cannot store them."""
    monkeypatch.setitem(tables.ENABLED_BY, b"UTF8=ACCEPT", lambda session: None)
    said = ann.say(octets + b"z NOOP\r\n")
    assert said.startswith(b"a NO [CANNOT]"), said
    assert said.count(b"\r\n") == 2
    ann.say(b"e ENABLE UTF8=ACCEPT\r\n")
    body = b"a: \xc3\xa4\r\n\r\n\xff"
    assert b"OK [APPENDUID" in ann.say(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(body), body))


def test_8_bit_octets_in_a_body_are_everybodys(ann, monkeypatch):
    monkeypatch.setitem(tables.ENABLED_BY, b"UTF8=ACCEPT", lambda session: None)
    for header in (b"a: b\r\n", b""):
        octets = header + b"\r\n\xff\xfe"
        said = ann.say(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(octets), octets))
        assert said.startswith(b"a OK"), said


@pytest.mark.parametrize("plus", ["+", ""])
def test_the_utf8_form_of_thunderbird_is_taken(ann, plus):
    """RFC 6855 §4, which RFC 9755 has dropped: without it nothing it sends comes into Sent."""
    asked = "" if plus else "S: + OK"
    ann.dialogue(rf"""
        C: e ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: e OK ...
        C: 79 append "Sent" (\Seen) UTF8 (~{{9{plus}}}
        {asked}
        C!: a: \xc3\xa4\r\n\r\n)\r\n
        S: 79 OK [APPENDUID ...
        C: b APPEND Sent UTF8 (~{{9+}}
        C!: a: \xc3\xa4\r\n\r\n\r\n
        S: b BAD Expected a parenthesis
        C: c APPEND Sent UTF8 (~{{0+}}
        C: )
        S: c NO [CANNOT] ...
        C: d APPEND Sent UTF8 ("x")
        S: d BAD Expected a literal
        C: f APPEND Sent CATENATE (TEXT {{6+}}
        C!: b: c\r\n UTF8 (~{{9+}}\r\na: \xc3\xa4\r\n\r\n))\r\n
        S: f OK [APPENDUID ...
        C: s STATUS Sent (MESSAGES)
        S: * STATUS Sent (MESSAGES 2)
        S: s OK ...
    """)
