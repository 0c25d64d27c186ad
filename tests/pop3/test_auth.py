"""AUTH: SASL exchanges in POP3's lines."""

from base64 import b64encode

import pytest

from tests.directory.people import PASSWORD
from tests.pop3.conftest import Pop


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


PLAIN = b64(f"\0ann@example.test\0{PASSWORD}")


def test_plain_with_its_response_at_once(pop: Pop) -> None:
    pop.dialogue(f"""
        S: +OK ...
        C: AUTH PLAIN {PLAIN}
        S: +OK 0 messages (0 octets)
    """)


def test_an_empty_challenge_has_its_space(pop: Pop) -> None:
    """Thunderbird and Outlook wait for it."""
    pop.dialogue("S: +OK ...")
    client = pop.dialogues.client()
    client.send(b"auth plain\r\n")
    assert client.wire.take() == b"+ \r\n"
    pop.dialogue(f"""
        C: {PLAIN}
        S: +OK 0 messages (0 octets)
    """)


@pytest.mark.parametrize("initial", ["", " " + b64("ann@example.test")])
def test_login_with_and_without_the_name_in_the_command(pop: Pop, initial: str) -> None:
    name = "" if initial else f"S: + VXNlcm5hbWU6\n        C: {b64('ann@example.test')}"
    pop.dialogue(f"""
        S: +OK ...
        C: AUTH LOGIN{initial}
        {name}
        S: + UGFzc3dvcmQ6
        C: {b64(PASSWORD)}
        S: +OK 0 messages (0 octets)
    """)


@pytest.mark.threat("A7")
@pytest.mark.parametrize(
    "response",
    [
        "*",
        "",
        "=",
        "====",
        "AAA=BBB",
        "no base64",
        b64("x"),
        b64("\0\0"),
        b64("a\0b\0c\0d"),
        "/w==",
    ],
)
def test_a_bad_response_ends_the_exchange_and_nothing_else(pop: Pop, response: str) -> None:
    pop.dialogue(f"""
        S: +OK ...
        C: AUTH PLAIN
        S: +...
        C: {response}
        S: -ERR ...
        C: AUTH PLAIN {PLAIN}
        S: +OK 0 messages (0 octets)
    """)


def test_a_wrong_password_is_told_by_its_code(pop: Pop) -> None:
    pop.dialogue(f"""
        S: +OK ...
        C: AUTH PLAIN {b64(chr(0) + "ann@example.test" + chr(0) + "wrong")}
        T: 4
        S: -ERR [AUTH] Wrong user or password
    """)


def test_a_response_may_be_longer_than_a_command(pop: Pop) -> None:
    long = b64("\0ann@example.test\0" + "x" * 500)
    pop.dialogue(f"""
        S: +OK ...
        C: AUTH PLAIN
        S: +...
        C: {long}
        T: 4
        S: -ERR [AUTH] Wrong user or password
        C: AUTH PLAIN {long}
        S: -ERR Line too long
    """)


@pytest.mark.parametrize("command", ["AUTH", "AUTH CRAM-MD5", "AUTH PLAIN a b", "AUTH \udcff"])
def test_what_is_not_offered_is_refused(pop: Pop, command: str) -> None:
    pop.dialogue(f"""
        S: +OK ...
        C: {command}
        S: -ERR ...
    """)
