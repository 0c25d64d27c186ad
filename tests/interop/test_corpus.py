"""Real and malformed mail goes in by SMTP and comes back by IMAP and POP3 byte for byte."""

import poplib
import re
import smtplib
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.host import Host
from tests.interop.programs import ANYONE, imap

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "corpus"
SMALL = ROOT / "tests" / "data"
TRACE = re.compile(
    rb"\A(?:(?:Return-Path|Delivered-To|Received):[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)"
)


def files() -> Iterator[tuple[str, bytes]]:
    """Every message of the corpus, as its file holds it; a few real ones without ../shared."""
    if not SHARED.is_dir():
        for path in sorted(SMALL.rglob("*.eml")):
            yield path.name, path.read_bytes()
        return
    for path in sorted((SHARED / "mime").iterdir()):
        yield path.name, path.read_bytes()
    with tarfile.open(SHARED / "real" / "mail-1.tar.gz") as archive:
        for member in archive:
            opened = archive.extractfile(member) if member.isfile() else None
            if opened is not None:
                octets = opened.read()
                # Each starts with the line that an mbox has between messages.
                yield member.name, octets.split(b"\n", 1)[1] if octets[:5] == b"From " else octets


def with_crlf(octets: bytes) -> bytes:
    """Line ends made CRLF; a bare CR inside a line stays."""
    lines = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def has_bare(octets: bytes) -> bool:
    """Whether a CR or LF stands outside CRLF."""
    rest = octets.replace(b"\r\n", b"")
    return b"\r" in rest or b"\n" in rest


def send(outgoing: smtplib.SMTP, to: str, octets: bytes) -> int:
    """One transaction, the content untouched but for its dots; the reply's code."""
    assert outgoing.mail("someone@example.net", ["BODY=8BITMIME"])[0] == 250
    assert outgoing.rcpt(to)[0] == 250
    assert outgoing.docmd("DATA")[0] == 354
    stuffed = re.sub(rb"(?m)^\.", b"..", octets)
    outgoing.send(stuffed + b".\r\n")
    return outgoing.getreply()[0]


def original(octets: bytes) -> bytes:
    """A stored message without the trace fields that this delivery added."""
    for field in (b"Return-Path:", b"Delivered-To:", b"Received:"):
        assert octets.startswith(field), octets[:200]
        octets = TRACE.sub(b"", octets, count=1)
    return octets


@pytest.fixture(scope="module")
def sent(host: Host) -> tuple[str, list[tuple[str, bytes]]]:
    """An account, and what was accepted for it, in order. What has a bare CR or LF is refused."""
    user = host.account("corpus")
    accepted = []
    with smtplib.SMTP("127.0.0.1", host.ports["smtp"], "client.example.net") as outgoing:
        outgoing.ehlo()
        for name, octets in files():
            letter = with_crlf(octets)
            code = send(outgoing, user, letter)
            if has_bare(letter):
                assert code in {550, 554, 501}, (name, code)
                outgoing.close()
                outgoing.connect("127.0.0.1", host.ports["smtp"])
                outgoing.ehlo()
            else:
                assert code == 250, (name, code)
                accepted.append((name, letter))
    assert len(accepted) > 10
    return user, accepted


def test_imap_brings_back_every_octet(
    host: Host, sent: tuple[str, list[tuple[str, bytes]]]
) -> None:
    user, accepted = sent
    box = imap(host, user)
    assert int(box.select(readonly=True)[1][0]) == len(accepted)  # type: ignore[arg-type]
    for first in range(0, len(accepted), 100):
        last = min(first + 100, len(accepted))
        found = box.fetch(f"{first + 1}:{last}", "(RFC822.SIZE BODY.PEEK[])")[1]
        bodies = [part for part in found if isinstance(part, tuple)]
        assert len(bodies) == last - first
        for (name, letter), (told, octets) in zip(accepted[first:last], bodies, strict=True):
            assert original(octets) == letter, name
            assert b"RFC822.SIZE %d " % len(octets) in told, name
    box.logout()


def test_imap_answers_structure_for_every_message(
    host: Host, sent: tuple[str, list[tuple[str, bytes]]]
) -> None:
    """ENVELOPE and BODYSTRUCTURE of one message never spoil another's."""
    user, accepted = sent
    box = imap(host, user)
    box.select(readonly=True)
    status, found = box.fetch("1:*", "(UID ENVELOPE BODYSTRUCTURE BODY)")
    text = b"".join(p if isinstance(p, bytes) else b"".join(p) for p in found)  # type: ignore[arg-type]
    assert status == "OK"
    assert text.count(b"ENVELOPE (") >= len(accepted)
    assert text.count(b"BODYSTRUCTURE (") >= len(accepted)
    box.logout()


def test_pop3_brings_back_every_octet(
    host: Host, sent: tuple[str, list[tuple[str, bytes]]]
) -> None:
    user, accepted = sent
    drop = poplib.POP3_SSL("127.0.0.1", host.ports["pop3s"], context=ANYONE)
    drop.user(user)
    drop.pass_("secret")
    assert drop.stat()[0] == len(accepted)
    poplib._MAXLINE = 1_000_000  # type: ignore[attr-defined]
    for number, (name, letter) in enumerate(accepted, 1):
        octets = b"".join(line + b"\r\n" for line in drop.retr(number)[1])
        assert original(octets) == letter, name
    drop.quit()
