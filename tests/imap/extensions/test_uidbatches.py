"""UIDBATCHES: where to cut a large mailbox."""

import pytest

from mailsuite.mailbox.service import Append
from tests.imap.people import Imap, now


@pytest.fixture
def mail(imap: Imap) -> Imap:
    """250 messages: UIDs 1 to 250, and 11 of them, 101 to 111, are gone."""
    now(imap.ann.append("INBOX", [Append(b"Subject: x\r\n\r\n")] * 261))
    imap.signed_in(select="INBOX")
    said = imap.say(b"x UID STORE 101:111 +FLAGS.SILENT (\\Deleted)\r\ny EXPUNGE\r\n")
    assert b"y OK" in said
    return imap


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("100", " 261:162,161:51,50:1"),
        ("100 1:1", " 261:162"),
        ("100 2:3", " 161:51,50:1"),
        ("100 3:9", " 50:1"),
        ("100 4:9", ""),
        ("125", " 261:137,136:1"),
        ("250", " 261:1"),
        ("2000", " 261:1"),
        ("2000 10:20", ""),
    ],
)
def test_ranges_with_as_many_messages_in_each(mail: Imap, asked: str, told: str) -> None:
    mail.dialogue(f"""
        C: A143 UIDBATCHES {asked}
        S: * UIDBATCHES (TAG "A143"){told}
        S: A143 OK ...
    """)


def test_the_ranges_hold_what_they_say(mail: Imap) -> None:
    said = mail.say(b"a UIDBATCHES 100\r\n").split(b"\r\n")[0].split(b") ")[1]
    counts = [mail.say(b"b UID SEARCH UID %b\r\n" % r).split(b"\r\n")[0] for r in said.split(b",")]
    assert [line.count(b" ") - 1 for line in counts] == [100, 100, 50]


def test_an_empty_mailbox_has_none(imap: Imap) -> None:
    imap.signed_in(select="INBOX")
    imap.dialogue("""
        C: a UIDBATCHES 500
        S: * UIDBATCHES (TAG "a")
        S: a OK ...
    """)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("99", "NO [TOOFEW] ..."),
        ("500 20:10", "BAD [CLIENTBUG] ..."),
        ("0", "BAD ..."),
        ("500 0:1", "BAD ..."),
        ("500 1", "BAD ..."),
        ("500 1:*", "BAD ..."),
        ("", "BAD ..."),
    ],
)
def test_what_cannot_be_asked(mail: Imap, asked: str, answer: str) -> None:
    mail.dialogue(f"""
        C: a UIDBATCHES {asked}
        S: a {answer}
    """)


def test_too_many_at_once(mail: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailsuite.imap.extensions.uidbatches.LARGEST_BATCHES", 2)
    assert mail.say(b"a UIDBATCHES 100\r\n").startswith(b"a NO [TOOMANY]")
    assert mail.say(b"a UIDBATCHES 100 1:2\r\n").startswith(b"* UIDBATCHES ")
