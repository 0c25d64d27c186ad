"""Large messages: the same octets as ever, a piece at a time, and honest about damage."""

import os
from pathlib import Path

import pytest

from mailsuite.store.streams import PIECE
from tests.imap.people import Imap

PART = b"QUJD" * 16 + b"\r\n"
LARGE = (
    b"Subject: large\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\n\r\nplain\r\n--x\r\nContent-Type: image/png\r\n\r\n" + PART * 20_000 + b"\r\n--x--\r\n"
)
ATTACHED = PART * 20_000
SMALL = b"Subject: small\r\n\r\nHi!\r\n"
DONE = b"a OK FETCH completed\r\n"


@pytest.fixture
def large(imap: Imap) -> Imap:
    for octets in (SMALL, LARGE, SMALL, LARGE):
        imap.put("INBOX", octets)
    imap.signed_in(select="INBOX")
    return imap


def whole(octets: bytes, number: int) -> bytes:
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b FLAGS ())\r\n" % (
        number,
        number,
        len(octets),
        octets,
    )


def test_large_ones_come_in_their_place(large: Imap) -> None:
    said = large.say(b"a FETCH 1:* (UID BODY.PEEK[] FLAGS)\r\n")
    letters = (SMALL, LARGE, SMALL, LARGE)
    assert said == b"".join(whole(o, n) for n, o in enumerate(letters, 1)) + DONE


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("BODY.PEEK[2]", b"{%d}\r\n%b" % (len(ATTACHED), ATTACHED)),
        ("BODY.PEEK[1]", b"{5}\r\nplain"),
        ("BODY.PEEK[2.MIME]", b"{27}\r\nContent-Type: image/png\r\n\r\n"),
        ("BODY.PEEK[7]", b"NIL"),
        ("BODY.PEEK[HEADER.FIELDS (subject)]", b"{18}\r\nSubject: large\r\n\r\n"),
        ("BODY.PEEK[]<5.9>", b"{9}\r\nct: large"),
        ("BODY.PEEK[TEXT]<0.3>", b"{3}\r\n--x"),
    ],
)
def test_parts_of_a_large_one(large: Imap, item: str, value: bytes) -> None:
    label = item.replace(".PEEK", "").split("<")[0].encode()
    if "<" in item:
        label += b"<%d>" % (5 if "<5" in item else 0)
    said = large.say(f"a FETCH 2 {item}\r\n".encode())
    assert said == b"* 2 FETCH (%b %b)\r\n" % (label, value) + DONE


def test_reading_a_large_one_marks_it(large: Imap) -> None:
    said = large.say(b"a FETCH 2 (BODY[1] BODY[2])\r\n")
    assert said == (
        b"* 2 FETCH (BODY[1] {5}\r\nplain BODY[2] {%d}\r\n%b)\r\n" % (len(ATTACHED), ATTACHED)
        + b"* 2 FETCH (FLAGS (\\Seen))\r\n"
        + DONE
    )


@pytest.mark.threat("I12")
def test_no_more_is_read_than_the_client_takes(large: Imap) -> None:
    client = large.client("")
    client.wire.slow = True
    client.send(b"a FETCH 2 BODY.PEEK[]\r\n")
    said = b""
    while not said.endswith(DONE):
        assert 0 < len(client.wire.sent) < 3 * PIECE
        said += client.wire.take()
    assert LARGE in said


def _files(folder: Path) -> list[Path]:
    return [path for path in (folder / "var" / "blobs").rglob("*") if path.is_file()]


@pytest.mark.threat("I8")
def test_a_message_whose_file_is_gone_fails_alone(imap: Imap, tmp_path: Path) -> None:
    noise = b"Subject: noise\r\n\r\n" + os.urandom(600_000).hex().encode()
    imap.put("INBOX", noise)
    imap.put("INBOX", SMALL)
    imap.signed_in(select="INBOX")
    (file,) = _files(tmp_path)
    file.unlink()
    said = imap.say(b"a UID FETCH 1:2 (BODY.PEEK[] FLAGS)\r\n")
    assert said.startswith(b"* 2 FETCH (UID 2 BODY[] {")
    assert said.endswith(b"a NO [CORRUPTION] 1 messages could not be read\r\n")


@pytest.mark.threat("I8")
def test_damage_in_the_middle_ends_the_connection(imap: Imap, tmp_path: Path) -> None:
    noise = b"Subject: noise\r\n\r\n" + os.urandom(900_000).hex().encode()
    imap.put("INBOX", noise)
    imap.signed_in(select="INBOX")
    (file,) = _files(tmp_path)
    octets = bytearray(file.read_bytes())
    octets[-2_000] ^= 0xFF
    file.chmod(0o600)
    file.write_bytes(octets)
    client = imap.client("")
    client.send(b"a FETCH 1 BODY.PEEK[]\r\n")
    said = client.wire.take()
    assert len(said) < len(noise)
    assert b"a OK" not in said
    assert client.wire.closed
