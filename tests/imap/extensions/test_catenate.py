"""CATENATE (RFC 4469) and URL-PARTIAL (RFC 5550 §5.7.1): messages made of parts of others."""

import pytest

from mailsuite.wire.limits import Limits
from tests.imap.people import Imap, now

BOUNDARY = b"------------030308070208000400050907"
ORIGINAL = (
    b'Subject: holiday\r\nContent-Type: multipart/mixed;\r\n boundary="' + BOUNDARY + b'"\r\n\r\n'
    b"--" + BOUNDARY + b"\r\nContent-Type: text/plain\r\n\r\nold text\r\n"
    b"--" + BOUNDARY + b"\r\nContent-Type: application/x-zip-compressed\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nUEsDBA==\r\n"
    b"--" + BOUNDARY + b"--\r\n"
)  # fmt: skip
NEW = b"Content-Type: text/html\r\n\r\n<b>new</b>"
BETWEEN = b"\r\n--" + BOUNDARY + b"\r\n"
END = b"\r\n--" + BOUNDARY + b"--\r\n"


@pytest.fixture
def drafts(imap: Imap) -> Imap:
    """Ann with an original (UID 1) and a new part (UID 2) in Drafts; nothing selected."""
    imap.put("Drafts", ORIGINAL)
    imap.put("Drafts", NEW)
    imap.signed_in()
    return imap


def appended(imap: Imap, parts: bytes, mailbox: bytes = b"Drafts") -> bytes:
    """The octets of the message that a CATENATE of these parts made."""
    said = imap.say(b"a APPEND %b CATENATE (%b)\r\n" % (mailbox, parts))
    assert b"a OK [APPENDUID " in said, said
    uid = said.split(b"a OK [APPENDUID ")[1].split(b"]")[0].split()[1]
    imap.say(b"s SELECT %b\r\n" % mailbox)
    said = imap.say(b"f UID FETCH %b BODY.PEEK[]\r\n" % uid)
    return said.partition(b"}\r\n")[2].rpartition(b")\r\nf OK")[0]


def text(octets: bytes) -> bytes:
    return b"TEXT {%d+}\r\n%b" % (len(octets), octets)


def url(rest: bytes, mailbox: bytes = b"/Drafts") -> bytes:
    return b'URL "%b/;UID=%b"' % (mailbox, rest)


def uidvalidity(imap: Imap, mailbox: str = "Drafts") -> int:
    return int(now(imap.ann.status(mailbox)).uidvalidity)


def test_an_attachment_is_replaced(drafts: Imap) -> None:
    """Example 1 of RFC 4469: nothing of the message is loaded down or up again."""
    base = b"/Drafts;UIDVALIDITY=%d" % uidvalidity(drafts)
    made = appended(
        drafts,
        b" ".join([
            url(b"1/;section=HEADER", base), text(BETWEEN),
            url(b"1/;section=1.MIME", base), url(b"1/;section=1", base), text(BETWEEN),
            url(b"2", base), text(END),
        ]),
    )  # fmt: skip
    head = ORIGINAL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    first = b"Content-Type: text/plain\r\n\r\nold text"
    assert made == head + BETWEEN + first + BETWEEN + NEW + END


def test_an_attachment_is_stripped(drafts: Imap) -> None:
    """Example 3 of RFC 4469: a few words stand where it was."""
    base = b"/Drafts;UIDVALIDITY=%d" % uidvalidity(drafts)
    words = b"Content-type: text/plain\r\n\r\nThis body part was deleted upon your request."
    made = appended(
        drafts,
        b" ".join([
            url(b"1/;section=HEADER", base), text(BETWEEN),
            url(b"1/;section=1.MIME", base), url(b"1/;section=1", base),
            text(BETWEEN + words + END),
        ]),
    )  # fmt: skip
    head = ORIGINAL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    first = b"Content-Type: text/plain\r\n\r\nold text"
    assert made == head + BETWEEN + first + BETWEEN + words + END


def test_the_dialogue_of_example_2(drafts: Imap) -> None:
    """RFC 4469, example 2: literals are asked for one by one; APPENDUID tells the new UID."""
    drafts.dialogue(rf"""
        C: A003 APPEND Drafts (\Seen \Draft $MDNSent) CATENATE (TEXT {{12}}
        S: + OK
        C: Subject: x
        C:  URL "/Drafts;UIDVALIDITY={uidvalidity(drafts)}/;UID=1/;Section=2.MIME" URL "/Drafts;UIDVALIDITY={uidvalidity(drafts)}/;UID=1/;Section=2" TEXT {{44}}
        S: + OK
        C:
        C: --------------030308070208000400050907--
        C: )
        S: A003 OK [APPENDUID {uidvalidity(drafts)} 3] APPEND completed
        C: A004 SELECT Drafts
        S*: A004 OK ...
        C: A005 FETCH 3 (FLAGS)
        S: * 3 FETCH (FLAGS (\Seen \Draft $MDNSent))
        S: A005 OK ...
        C: A006 FETCH 1 (FLAGS)
        S: * 1 FETCH (FLAGS ())
        S: A006 OK ...
    """)  # fmt: skip


def test_the_dialogue_of_example_4(drafts: Imap) -> None:
    """RFC 4469, example 4: one message is gone: NO, before the literal behind it is asked for."""
    drafts.dialogue(r"""
        C: A003 APPEND Sent (\Seen $MDNSent) CATENATE (TEXT {4}
        S: + OK
        C: a: b URL "/Drafts/;UID=1" TEXT {2}
        S: + OK
        C!: \r\n URL "/Drafts/;UID=113330/;section=1.5.9" TEXT {42}\r\n
        S: A003 NO [BADURL "/Drafts/;UID=113330/;section=1.5.9"] ...
        C: b NOOP
        S: b OK ...
        C: c STATUS Sent (MESSAGES)
        S: * STATUS Sent (MESSAGES 0)
        S: c OK ...
    """)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (b"1/;PARTIAL=9.7", b"holiday"),
        (b"1/;section=2/;partial=0.4", b"UEsD"),
        (b"1/;section=2/;partial=4", b"BA=="),
        (b"1/;SECTION=HEADER.FIELDS%20(SUBJECT)", b"Subject: holiday\r\n\r\n"),
        (b"1/;SECTION=TEXT/;PARTIAL=2.14", b"------------03"),
    ],
)
def test_a_part_of_a_part(drafts: Imap, rest: bytes, expected: bytes) -> None:
    assert appended(drafts, url(rest)) == expected


def test_urls_without_a_mailbox_mean_the_selected_one(drafts: Imap) -> None:
    drafts.say(b"s SELECT Drafts\r\n")
    assert appended(drafts, b'URL ";UID=2/;SECTION=1"') == b"<b>new</b>"
    assert appended(drafts, b'URL "Drafts/;UID=2/;SECTION=1"') == b"<b>new</b>"


def test_a_url_that_comes_as_literal(drafts: Imap) -> None:
    address = b"/Drafts/;UID=2/;PARTIAL=0.5"
    parts = b"URL {%d+}\r\n%b %b" % (len(address), address, text(b"!"))
    assert appended(drafts, parts) == b"Conte!"


def test_several_messages_at_once(drafts: Imap) -> None:
    """With MULTIAPPEND each is a literal or made of parts (RFC 4469 §3)."""
    said = drafts.say(
        b"a APPEND Sent CATENATE (%b) (\\Seen) {3+}\r\nabc CATENATE (%b %b)\r\n"
        % (url(b"2"), text(b"x"), url(b"2"))
    )
    assert said.endswith(b" 1:3] APPEND completed\r\n"), said


@pytest.mark.threat("I15")
@pytest.mark.parametrize(
    "address",
    [
        b"imap://mail.example.test/Drafts/;UID=1", b"//mail.example.test/Drafts/;UID=1",
        b"/Nowhere/;UID=1", b"/Drafts/;UID=9", b"/Drafts/;UID=0", b"/Drafts;UIDVALIDITY=1/;UID=1",
        b"/Drafts/;UID=1/;SECTION=9", b"/Drafts/;UID=1/;SECTION=1.", b"/Drafts/;UID=1/;SECTION=",
        b"/Drafts/;UID=1/;PARTIAL=1.0", b"/Drafts/;UID=99999999999", b"/Drafts", b"", b"/",
        b"/Drafts/;UID=1;URLAUTH=submit+ann:INTERNAL:00", b"/%ff/;UID=1", b"/%zz/;UID=1",
        b"/../Drafts/;UID=1", b"/Other%20Users/bob/INBOX/;UID=1", b"/bob/INBOX/;UID=1",
        b"/Drafts/;UID=1/;SECTION=%5D%0d%0aX", b";UID=1", b"file:///etc/passwd", b"/a%00b/;UID=1",
        b"/Drafts/;UID=1/;SECTION=HEADER.FIELDS%20(%7B3%7D)", b"/Drafts/;UID=1?x", b"/" * 3000,
        b"/Drafts/;UID=1/;PARTIAL=0.1/;PARTIAL=0.1", b"/]\\\\x/;UID=1",
    ],
)  # fmt: skip
def test_a_url_leads_nowhere_else(drafts: Imap, address: bytes) -> None:
    """Other hosts, other people's mail, what is not there: the same answer, and one line of it."""
    said = drafts.say(b'a APPEND Sent CATENATE (URL "' + address + b'")\r\nb NOOP\r\n')
    assert said.startswith(b'a NO [BADURL "'), said
    assert said.count(b"\r\n") == 2, said
    assert said.count(b"]") == 1


@pytest.mark.threat("I15")
def test_sizes_are_summed_before_anything_is_copied(store, tmp_path) -> None:
    """The same message a thousand times over is refused at the limit, not at its end."""
    imap = Imap(store, tmp_path, Limits(message_octets=10_000))
    imap.put("INBOX", b"Subject: x\r\n\r\n" + b"x" * 5_000)
    imap.signed_in()
    many = b" ".join([url(b"1", b"/INBOX")] * 900)
    assert imap.say(b"a APPEND Sent CATENATE (%b)\r\n" % many).startswith(b"a NO [TOOBIG]")


@pytest.mark.threat("I15")
def test_ten_thousand_parts(drafts: Imap) -> None:
    """Parts are counted, in one line and over many literals; what is left of them is no command."""
    drafts.say(b"a APPEND Sent CATENATE (" + text(b"x"))
    for _ in range(100):
        drafts.say(b"".join(b" " + text(b"x") for _ in range(100)))
    said = drafts.say(b")\r\nz NOOP\r\n")
    assert said.endswith(b"z OK NOOP completed\r\n")
    assert now(drafts.ann.status("Sent")).messages == 0


@pytest.mark.parametrize(
    "rest",
    [b"CATENATE", b"CATENATE ()", b"CATENATE (FILE x)", b"CATENATE (TEXT x)", b"CATENATE (URL)",
     b"CATENATE (URL x", b"CATENATE URL x", b"CATANATE (URL x)", b'CATENATE (URL "/Drafts/;UID=1" x)',
     b'CATENATE (URL "/Drafts/;UID=1") x'],
)  # fmt: skip
def test_what_is_no_catenate_is_bad(drafts: Imap, rest: bytes) -> None:
    said = drafts.say(b"a APPEND Sent " + rest + b"\r\nb NOOP\r\n")
    assert said.startswith((b"a BAD", b"a NO [BADURL")), said
    assert said.count(b"\r\n") == 2
    assert now(drafts.ann.status("Sent")).messages == 0


def test_nothing_is_no_message(drafts: Imap) -> None:
    said = drafts.say(b"a APPEND Sent CATENATE (TEXT {0+}\r\n)\r\n")
    assert said.startswith(b"a NO "), said


def test_a_draft_is_replaced_by_itself_with_a_header(drafts: Imap) -> None:
    """The example of RFC 8508 §4.2: the attachment is never sent again."""
    drafts.say(b"s SELECT Drafts\r\n")
    said = drafts.say(
        b"A011 UID REPLACE 2 Drafts CATENATE (%b %b)\r\n"
        % (text(b"To: Mitzy <m@example.org>\r\nSubject: My view\r\n"), url(b"2"))
    )
    assert b"* OK [APPENDUID %d 3] Replaced\r\n" % uidvalidity(drafts) in said
    assert b"* 2 EXPUNGE\r\n" in said
    assert said.endswith(b"A011 OK REPLACE completed\r\n")
