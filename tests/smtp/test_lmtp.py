"""LMTP (RFC 2033): who may, how it is greeted, and a reply for each recipient."""

import pytest

from mailsuite.errors import MailLoop
from tests.dialogue import Dialogues
from tests.smtp.conftest import House


@pytest.fixture
def lmtp(house: House) -> Dialogues:
    """A local socket, greeted."""
    talks = house.lmtp()
    talks.dialogue("""
        S: 220 mx.example.org LMTP
        C: LHLO mta.example
        S*: 250 ...
    """)
    return talks


def test_each_recipient_has_its_reply(lmtp: Dialogues, house: House) -> None:
    """RFC 2033 §4.2: in the order of RCPT, and none for those that were refused."""
    lmtp.dialogue("""
        C: MAIL FROM:<chris@bar.com>
        S: 250 2.1.0 Ok
        C: RCPT TO:<bo@example.org>
        S: 250 2.1.5 Ok
        C: RCPT TO:<jones@example.org>
        S: 550 5.1.1 ...
        C: RCPT TO:<ada@example.org>
        S: 250 2.1.5 Ok
        C: RCPT TO:<bo@example.org>
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 ...
        C: Blah blah blah
        C: .
        S: 552 5.2.2 ...
        S: 250 2.0.0 ...
        S: 552 5.2.2 ...
        C: QUIT
        S: 221 ...
    """)
    (stored,) = house.box.stored
    assert (stored.octets, stored.source.protocol) == (b"Blah blah blah\r\n", "LMTP")


def test_data_without_recipients_is_refused_once(lmtp: Dialogues) -> None:
    """RFC 2033 §4.2."""
    lmtp.dialogue("""
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: RCPT TO:<jones@example.org>
        S: 550 ...
        C: DATA
        S: 503 5.5.1 ...
        C: BDAT 0 LAST
        S: 503 5.5.1 ...
        C: NOOP
        S: 250 ...
    """)


def test_chunks_are_answered_once_and_the_last_for_each(lmtp: Dialogues, house: House) -> None:
    lmtp.dialogue(r"""
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: RCPT TO:<postmaster@example.org>
        S: 250 ...
        C!: BDAT 3\r\nabc
        S: 250 2.0.0 3 octets taken
        C!: BDAT 3 LAST\r\ndef
        S: 250 2.0.0 ...
        S: 250 2.0.0 ...
        C: NOOP
        S: 250 ...
    """)
    assert house.bodies == [b"abcdef", b"abcdef"]


@pytest.mark.parametrize("text", [r"a\nb\r\n", r"a\r\r\n"])
def test_a_refused_message_is_refused_for_each(lmtp: Dialogues, house: House, text: str) -> None:
    lmtp.dialogue(rf"""
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: RCPT TO:<bo@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C!: {text}.\r\n
        S: 554 5.6.0 ...
        S: 554 5.6.0 ...
        C: NOOP
        S: 250 ...
    """)
    assert house.bodies == []


@pytest.mark.parametrize("trouble", [MailLoop(), RuntimeError()])
def test_trouble_of_ours(lmtp: Dialogues, house: House, trouble: Exception) -> None:
    """A reply for each, or the end of the connection: never one too few."""
    house.box.trouble = trouble
    known = isinstance(trouble, MailLoop)
    lmtp.dialogue(f"""
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: RCPT TO:<bo@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: .
        {"S: 554 5.4.6 ..." if known else "S: 421 4.3.0 ..."}
        {"S: 554 5.4.6 ..." if known else ""}
    """)


def test_each_protocol_has_its_greeting(lmtp: Dialogues, mx: Dialogues) -> None:
    """RFC 2033 §4.1: neither side may mistake one for the other."""
    lmtp.dialogue("C: EHLO x\nS: 500 5.5.1 ...\nC: HELO x\nS: 500 5.5.1 ...")
    mx.dialogue("C: LHLO x\nS: 500 5.5.1 ...")


@pytest.mark.threat("S1")
def test_it_is_for_people_here(lmtp: Dialogues) -> None:
    lmtp.dialogue("""
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: RCPT TO:<x@elsewhere.example>
        S: 550 5.7.1 ...
        C: RSET
        S: 250 ...
        C: AUTH PLAIN AGFkYUBleGFtcGxlLm9yZwBzZWNyZXQ=
        S: 503 5.5.1 ...
    """)


@pytest.mark.parametrize(("address", "code"), [("192.0.2.1", 421), ("198.51.100.9", 220)])
def test_strangers_are_turned_away(house: House, address: str, code: int) -> None:
    house.lmtp(address=address).dialogue(f"S: {code} ...")


def test_many_unknown_recipients_end_nothing(lmtp: Dialogues) -> None:
    """They are the next host's, which must bring its good ones too."""
    lmtp.dialogue("C: MAIL FROM:<x@y.example>\nS: 250 ...")
    for _ in range(30):
        lmtp.dialogue("C: RCPT TO:<jones@example.org>\nS: 550 5.1.1 ...")
    lmtp.dialogue("C: RCPT TO:<ada@example.org>\nS: 250 ...")
