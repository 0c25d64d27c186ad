"""The story of a person and the mail that nobody asked for, over SMTP and IMAP."""

import pytest

from tests.spam.conftest import MONEY, NOTES, Host

TAKE_OUT = {
    "MOVE": b"m UID MOVE 1 INBOX\r\n",
    "COPY": b"m UID COPY 1 INBOX\r\nd UID STORE 1 +FLAGS (\\Deleted)\r\ne EXPUNGE\r\n",
}


@pytest.mark.parametrize("way", TAKE_OUT)
def test_free_money_lies_in_junk_and_once_taken_out_its_kind_stays_out(
    host: Host, way: str
) -> None:
    """A mistake is corrected once, by whatever the mail program calls moving."""
    host.mail(MONEY, 1)
    assert (host.subjects("INBOX"), host.subjects("Junk")) == (0, 1)
    host.learn()
    client = host.imap.signed_in("ann", select="Junk")
    client.send(TAKE_OUT[way])
    assert b"m OK" in client.wire.take()
    host.learn()
    host.mail(MONEY, 2)
    assert (host.subjects("INBOX"), host.subjects("Junk")) == (2, 0)


def test_each_copy_says_why_it_lies_where_it_lies(host: Host) -> None:
    """The reasons are lines that a person understands; who wanted it has it in INBOX."""
    host.mail(MONEY, 1)
    client = host.imap.signed_in("ann", select="Junk")
    client.send(b"f FETCH 1 BODY.PEEK[HEADER]\r\n")
    header = client.wire.take().decode()
    assert "X-Spam-Flag: YES\r\n" in header
    assert "X-Spam-Status: Yes, score=" in header
    assert "Its words are those of spam anywhere\r\n" in header
    assert "It is the first message from win1@offers.example\r\n" in header


def test_what_is_put_into_junk_teaches_and_taken_out_it_is_as_if_never(host: Host) -> None:
    """Moved there and back, nothing is left of it but that it is good."""
    host.mail(NOTES, 1)
    assert host.subjects("INBOX") == 1
    client = host.imap.signed_in("ann", select="INBOX")
    client.send(b"m UID MOVE 1 Junk\r\n")
    host.learn()
    assert host.taught() == (0, 1)
    client.send(b"s SELECT Junk\r\nm UID MOVE 1 INBOX\r\n")
    host.learn()
    assert host.taught() == (1, 0)


def test_keywords_teach_without_a_move(host: Host) -> None:
    host.mail(NOTES, 1)
    client = host.imap.signed_in("ann", select="INBOX")
    client.send(b"a STORE 1 +FLAGS ($Junk)\r\n")
    host.learn()
    assert host.taught() == (0, 1)
    client.send(b"b STORE 1 -FLAGS ($Junk)\r\nc STORE 1 +FLAGS ($NotJunk)\r\n")
    host.learn()
    assert host.taught() == (1, 0)
    host.learn()
    assert host.taught() == (1, 0)


def test_the_bobs_judge_is_not_the_anns(host: Host) -> None:
    """One message for two: each has the threshold and the fields of its own."""
    host.threshold("ann", "off")
    host.mail(MONEY, 1, "ann@example.test", "bob@example.test")
    assert (host.subjects("INBOX"), host.subjects("Junk", "bob")) == (1, 1)
