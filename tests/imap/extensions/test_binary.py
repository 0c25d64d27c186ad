"""BINARY (RFC 3516): parts decoded, and NUL in what is appended."""

import base64

import pytest

from tests.imap.people import Imap

MIXED = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJDRA==\r\n"
    b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\nQQBC\r\n"
    b"--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc\r\nd\r\n"
    b"--b\r\nContent-Transfer-Encoding: x-unknown\r\n\r\n???\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nSGk=\r\n"
    b"--b--\r\n"
)


@pytest.fixture
def mixed(imap: Imap) -> Imap:
    """Ann, with INBOX open and one message of five parts in it."""
    imap.put("INBOX", MIXED)
    imap.signed_in(select="INBOX")
    return imap


def fetched(imap: Imap, item: bytes) -> bytes:
    """The inside of the one FETCH line."""
    said = imap.say(b"a FETCH 1 (" + item + b")\r\n")
    assert said.endswith(b"a OK FETCH completed\r\n"), said
    return said.split(b"\r\na OK")[0].removeprefix(b"* 1 FETCH (").removesuffix(b")")


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (b"BINARY.PEEK[1]", b"BINARY[1] {4}\r\nABCD"),
        (b"binary.peek[1]<1.2>", b"BINARY[1]<1> {2}\r\nBC"),
        (b"BINARY.PEEK[1]<9.2>", b"BINARY[1]<9> {0}\r\n"),
        (b"BINARY.PEEK[2]", b"BINARY[2] ~{3}\r\nA\0B"),
        (b"BINARY.PEEK[2]<2.9>", b"BINARY[2]<2> {1}\r\nB"),
        (b"BINARY.PEEK[3]", b"BINARY[3] {7}\r\na=bc\r\nd"),
        (b"BINARY.PEEK[5.1]", b"BINARY[5.1] {2}\r\nHi"),
        (b"BINARY.PEEK[6]", b"BINARY[6] NIL"),
        (b"BINARY.SIZE[1]", b"BINARY.SIZE[1] 4"),
        (b"BINARY.SIZE[3]", b"BINARY.SIZE[3] 7"),
        (b"BINARY.SIZE[6]", b"BINARY.SIZE[6] 0"),
        (b"BINARY.SIZE[]", b"BINARY.SIZE[] %d" % len(MIXED)),
        (b"BINARY.PEEK[]<0.7>", b"BINARY[]<0> {7}\r\nContent"),
    ],
)  # fmt: skip
def test_a_part_comes_decoded(mixed: Imap, item: bytes, answer: bytes) -> None:
    """RFC 3516 §4.2, §4.3: the partial counts decoded octets, and NUL shows in the form."""
    assert fetched(mixed, item) == answer


def test_an_embedded_message_comes_as_it_is(mixed: Imap) -> None:
    """What holds other parts has no encoding of its own (RFC 2045 §6.4)."""
    embedded = fetched(mixed, b"BINARY.PEEK[5]")
    assert embedded.startswith(b"BINARY[5] {54}\r\nSubject: in\r\n")


@pytest.mark.parametrize("item", [b"BINARY.PEEK[4]", b"BINARY.SIZE[4]", b"BINARY[4]"])
def test_an_unknown_encoding_is_told(mixed: Imap, item: bytes) -> None:
    """RFC 3516 §4.3: NO, and what else was asked for of other messages is answered."""
    mixed.put("INBOX", b"Subject: x\r\n\r\nx\r\n")
    mixed.say(b"n NOOP\r\n")
    said = mixed.say(b"a FETCH 1:2 (FLAGS " + item + b")\r\n")
    assert b"a NO [UNKNOWN-CTE] " in said
    assert b"* 2 FETCH (FLAGS (" in said
    assert b"* 1 FETCH (FLAGS () BINARY" not in said


def test_binary_sets_the_seen_flag_and_peek_does_not(mixed: Imap) -> None:
    mixed.dialogue(r"""
        C: a FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])
        S: * 1 FETCH (BINARY[1] {4}
        S: ABCD BINARY.SIZE[1] 4)
        S: a OK ...
        C: b FETCH 1 BINARY[1]<0.1>
        S: * 1 FETCH (BINARY[1]<0> {1}
        S: A)
        S: * 1 FETCH (FLAGS (\Seen))
        S: b OK ...
    """)


@pytest.mark.parametrize(
    "item",
    [b"BINARY", b"BINARY[TEXT]", b"BINARY[1.MIME]", b"BINARY[0]", b"BINARY[1", b"BINARY[1.]",
     b"BINARY[1]<1>", b"BINARY[1]<1.0>", b"BINARY.SIZE[1]<0.1>", b"BINARY[HEADER]"],
)  # fmt: skip
def test_what_is_no_section_is_refused(mixed: Imap, item: bytes) -> None:
    assert mixed.say(b"a FETCH 1 " + item + b"\r\n").startswith(b"a BAD")


def test_nul_that_is_appended_comes_back(imap: Imap) -> None:
    """RFC 3516 §4.4: encoded on the way in, decoded by BINARY: not an octet is lost."""
    body = bytes(range(256)) * 3
    octets = b"Content-Type: application/x\r\nContent-Transfer-Encoding: binary\r\n\r\n" + body
    imap.signed_in(select="INBOX")
    said = imap.say(b"a APPEND INBOX ~{%d+}\r\n%b\r\n" % (len(octets), octets))
    assert b"a OK [APPENDUID" in said
    assert fetched(imap, b"BINARY.PEEK[1]") == b"BINARY[1] ~{768}\r\n" + body
    assert b'"base64"' in fetched(imap, b"BODYSTRUCTURE")
    encoded = fetched(imap, b"BODY.PEEK[TEXT]").partition(b"}\r\n")[2]
    assert base64.b64decode(encoded) == body


def test_what_has_no_nul_stays_octet_for_octet(imap: Imap) -> None:
    """RFC 3516 §6: no encoding is changed without need, or signatures break."""
    octets = b"Content-Transfer-Encoding: binary\r\n\r\nbare\nlines\r\n"
    imap.signed_in(select="INBOX")
    imap.say(b"a APPEND INBOX ~{%d+}\r\n%b\r\n" % (len(octets), octets))
    assert fetched(imap, b"BODY.PEEK[]") == b"BODY[] {%d}\r\n%b" % (len(octets), octets)


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"Sub\0ject: x\r\n\r\nbody", b"CANNOT"),
        (b"Subject: \0\r\n\r\nbo\0dy", b"CANNOT"),
        (b"Content-Transfer-Encoding: x-y\r\n\r\n\0", b"UNKNOWN-CTE"),
    ],
)
def test_nul_where_nothing_can_be_encoded_is_refused(
    imap: Imap, octets: bytes, code: bytes
) -> None:
    imap.signed_in()
    said = imap.say(b"a APPEND INBOX ~{%d+}\r\n%b\r\nb NOOP\r\n" % (len(octets), octets))
    assert said.startswith(b"a NO [%b]" % code), said
    assert said.endswith(b"\r\nb OK NOOP completed\r\n")


@pytest.mark.threat("M4")
def test_broken_base64_fails_nothing(imap: Imap) -> None:
    """A million octets that are no base64, a character too few, padding everywhere."""
    for body in (b"=" * 1_000_000, b"\xff!" * 100_000, b"QQ", b"Q", b"====QUJD====", b"\r\n" * 9):
        imap.put("INBOX", b"Content-Transfer-Encoding: base64\r\n\r\n" + body)
    imap.signed_in(select="INBOX")
    said = imap.say(b"a FETCH 1:* (BINARY.SIZE[1])\r\n")
    sizes = [line.split()[-1] for line in said.split(b"\r\n") if b"BINARY.SIZE" in line]
    assert sizes == [b"0)", b"0)", b"1)", b"0)", b"3)", b"0)"]
    assert said.endswith(b"a OK FETCH completed\r\n")


@pytest.mark.threat("I5")
def test_a_large_part_goes_out_whole(imap: Imap) -> None:
    body = bytes(range(251)) * 8_000
    imap.put("INBOX", b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(body))
    imap.signed_in(select="INBOX")
    assert fetched(imap, b"BINARY.PEEK[1]") == b"BINARY[1] ~{%d}\r\n%b" % (len(body), body)
    assert fetched(imap, b"BINARY.PEEK[1]<2007999.5>") == b"BINARY[1]<2007999> {1}\r\n\xfa"
