"""UTF8: what is stored, or what an old program can read."""

import pytest

from mailsuite.mailbox import maildrop
from mailsuite.message import surrogate
from tests.pop3.conftest import ONE, Pop

WIDE = "From: Jörg <jörg@x.test>\r\nSubject: Grüße\r\n\r\nGrüße\r\n".encode()


def answer(pop: Pop, command: str) -> bytes:
    """What one command is answered, as octets."""
    client = pop.dialogues.client()
    client.send(command.encode() + b"\r\n")
    octets: bytes = client.wire.take()
    return octets


@pytest.mark.parametrize("large", [False, True])
def test_who_does_not_ask_for_it_gets_a_surrogate(
    pop: Pop, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    """The body is 8bit as it was, the header is ASCII; TOP shows the same (RFC 6858 §4)."""
    if large:
        monkeypatch.setattr(maildrop, "PIECE", 10)
    pop.deliver(ONE, WIDE)
    pop.sign_in()
    whole = answer(pop, "RETR 2")
    header, _, body = whole.partition(b"\r\n\r\n")
    assert header.isascii()
    assert b"\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=" in header
    assert body == "Grüße\r\n.\r\n".encode()
    assert answer(pop, "TOP 2 0").split(b"\r\n")[1:] == [*header.split(b"\r\n")[1:], b"", b".", b""]
    assert answer(pop, "TOP 2 1").partition(b"\r\n")[2] == whole.partition(b"\r\n")[2]


@pytest.mark.parametrize("large", [False, True])
def test_who_asks_for_it_gets_what_is_stored(
    pop: Pop, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    if large:
        monkeypatch.setattr(maildrop, "PIECE", 10)
    pop.deliver(WIDE)
    pop.dialogue("""
        S: +OK ...
        C: UTF8
        S: +OK In UTF-8
        C: USER ann@example.test
        S: +OK
        C: PASS correct horse
        S: +OK ...
        C: UTF8
        S: -ERR Not in this state
    """)
    assert WIDE in answer(pop, "RETR 1")
    assert WIDE in answer(pop, "TOP 1 9")


@pytest.mark.parametrize("command", ["RETR 1", "TOP 1 0", "TOP 1 5"])
def test_what_has_no_surrogate_is_told_by_its_code(
    pop: Pop, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """RFC 6856 §5; other messages are as they were."""
    monkeypatch.setattr(surrogate, "REWRITTEN_OCTETS", 5)
    pop.deliver(WIDE, ONE)
    pop.sign_in()
    pop.dialogue(f"""
        C: {command}
        S: -ERR [UTF8] That message needs a program that knows UTF-8
    """)
    assert ONE in answer(pop, "RETR 2")


def test_it_ends_where_tls_begins(pop: Pop) -> None:
    """RFC 6856 §2.1: STLS after UTF8 is the client's mistake."""
    pop.dialogues.tls = None
    pop.dialogue("""
        S: +OK ...
        C: UTF8
        S: +OK In UTF-8
        C: STLS
        S: -ERR Not after UTF8
    """)


def test_names_may_be_in_utf8_without_it(pop: Pop) -> None:
    pop.house.now(pop.house.people.accounts.add("jörg@example.test", "Größe 7"))
    pop.dialogue("""
        S: +OK ...
        C: USER JÖRG@example.test
        S: +OK
        C: PASS Größe 7
        S: +OK 0 messages (0 octets)
    """)
